# -*- coding: utf-8 -*-
"""A client as the predecessor's own: socket and pickle, nothing else; for Python 2.7 and 3.

predecessor-client.py PORT -> one line of JSON with what each command was answered.
"""
import json
import pickle
import socket
import sys


class Comm(object):
    def __init__(self, address):
        self.address = address
        self.socket = None

    def connect(self):
        self.socket = socket.create_connection(self.address, 2)
        self.socket.sendall(b"#$")
        welcome = self.socket.recv(1) + self.socket.recv(1)
        if welcome != b"$#":
            raise IOError("welcome %r" % welcome)

    def send(self, command):
        self.socket.sendall(b"$" + command + b";\r")

    def receive(self):
        answer = b""
        while True:
            byte = self.socket.recv(1)
            if not byte:
                raise IOError("closed after %r" % answer)
            if byte == b"\r":
                return answer
            answer += byte


class Control(Comm):
    """As the predecessor's: an answer is first tried as a pickle, else it is a text."""

    def ask(self, command):
        self.send(command)
        answer = self.receive()
        try:
            return pickle.loads(answer)
        except Exception:
            return answer.decode("latin-1")

    def status(self, analyzer):
        state, comm = self.ask(b"STATUS@" + analyzer).split("\t")[:2]
        return [{"STOPPED": 0, "STARTED": 1, "PAUSED": 2}[state], {"COMM": 0xFF, "NOCOMM": 0xF0}[comm]]


def plain(value):
    """JSON has neither bytes, nan nor keys that are numbers."""
    if isinstance(value, dict):
        return dict((str(key), plain(each)) for key, each in value.items())
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, float) and value != value:
        return "nan"
    if isinstance(value, bytes) and bytes is not str:
        return value.decode("latin-1")
    return value


def main():
    control = Control(("127.0.0.1", int(sys.argv[1])))
    control.connect()
    seen = []
    for text in sys.stdin.read().split():
        command = text.encode("ascii")
        if command.startswith(b"getStatus@"):
            seen.append([text, control.status(command[len(b"getStatus@"):])])
        else:
            seen.append([text, plain(control.ask(command))])
    # whoever is disconnected reads the end; all others leave by themselves
    closed = seen[-1][1] == "DISCONNECTED!" and control.socket.recv(1) == b""
    print(json.dumps({"seen": seen, "closed": closed, "python": sys.version_info[0]}))


main()
