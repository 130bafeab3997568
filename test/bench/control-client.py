"""The predecessor's own benchmark: threads with blocking sockets that read one byte at a time.

control-client.py PORT CLIENTS TIMES -> "<seconds> <failed clients>"
"""
import pickle
import socket
import sys
import threading
import time


def receive(sock):
    answer = b""
    while not answer.endswith(b"\r"):
        byte = sock.recv(1)
        if not byte:
            raise IOError("closed after %r" % answer)
        answer += byte
    return answer[:-1]


def ask(sock, request):
    sock.sendall(request)
    return receive(sock)


def client(port, times, failed):
    try:
        sock = socket.create_connection(("127.0.0.1", port), 30)
        sock.sendall(b"#$")
        if sock.recv(1) + sock.recv(1) != b"$#":
            raise IOError("no welcome")
        first = ask(sock, b"$GETID@1;\r")
        for _ in range(times):
            if ask(sock, b"$GETID@1;\r") != first:
                raise IOError("another identification")
            values = pickle.loads(ask(sock, b"$GETVARS@1;\r"))
            if sorted(values) != ["lastRead", "values"]:
                raise IOError("no values")
        sock.close()
    except Exception as error:
        failed.append(repr(error))


def main():
    port, clients, times = (int(each) for each in sys.argv[1:4])
    failed = []
    threads = [threading.Thread(target=client, args=(port, times, failed)) for _ in range(clients)]
    began = time.time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("%.3f %d" % (time.time() - began, len(failed)))
    for each in failed[:3]:
        sys.stderr.write(each + "\n")


main()
