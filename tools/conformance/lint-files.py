"""Runs pkilint commands, one per line of JSON on standard input: [command, argument, ...].

One process for all saves half a second per command. Prints a line of JSON for each: exit code,
standard output, standard error.
"""

import contextlib
import importlib
import io
import json
import sys


def run(command, arguments):
    out, err = io.StringIO(), io.StringIO()
    main = importlib.import_module(f"pkilint.bin.{command}").main
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as end:
            code = end.code
        except Exception as error:
            code, _ = 1, print(repr(error), file=err)
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


for line in sys.stdin:
    command, *arguments = json.loads(line)
    print(json.dumps(run(command, arguments)))
