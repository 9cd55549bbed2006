"""Runs mutual TLS as the demo client of openssl-ca-server does.

Usage: python-ssl.py DIRECTORY CLIENT [strict]

DIRECTORY holds cacert.pem, ca_crl.pem, server.pem, server.key.pem, CLIENT.pem and CLIENT.key.pem.
Prints a line for each end.
"""

import socket
import ssl
import sys
import threading

directory, client_name = sys.argv[1], sys.argv[2]
strict = "strict" in sys.argv[3:]


def make_context(purpose, name):
    context = ssl.create_default_context(purpose, cafile=f"{directory}/cacert.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags = ssl.VERIFY_CRL_CHECK_LEAF
    if strict:
        context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_verify_locations(f"{directory}/ca_crl.pem")
    context.load_cert_chain(f"{directory}/{name}.pem", f"{directory}/{name}.key.pem")
    return context


def serve(listener, seen):
    context = make_context(ssl.Purpose.CLIENT_AUTH, "server")
    connection, _ = listener.accept()
    try:
        with context.wrap_socket(connection, server_side=True) as tls:
            seen.append(f"server: {tls.recv(100).decode()} {tls.version()}")
            tls.sendall(b"welcome")
    except ssl.SSLError as error:
        seen.append(f"server: {error.verify_message if hasattr(error, 'verify_message') else error}")


listener = socket.create_server(("127.0.0.1", 0))
seen_by_server = []
thread = threading.Thread(target=serve, args=(listener, seen_by_server))
thread.start()

context = make_context(ssl.Purpose.SERVER_AUTH, client_name)
try:
    with socket.create_connection(listener.getsockname(), timeout=10) as connection:
        with context.wrap_socket(connection, server_hostname="localhost") as tls:
            tls.sendall(b"hello")
            print("client:", tls.recv(100).decode() or "closed")
except (ssl.SSLError, ConnectionError) as error:
    print("client:", type(error).__name__)
thread.join(10)
print(*seen_by_server, sep="\n")
