"""Runs commands of pkilint, one for each line of JSON on the standard input: [command, argument, ...].

Each would take half a second to start by itself. Prints a line of JSON for each: exit code, what it
wrote, what it complained of.
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
