"""An old lector and a person's browser, as the predecessor's centre knew them: urllib and json, nothing else.

predecessor-site.py ORIGIN < {"save": [{"place": "4/1", "fields": {...}, "reading": {...}}], "read": ["/nodes"]}
-> one line of JSON: {"saved": [[status, text]], "read": [[status, what the JSON says]]}

In readings "nan" stands for what Python calls so, and writes as NaN.
"""
import json
import sys
import urllib.error
import urllib.parse
import urllib.request


def ask(request):
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return [answer.getcode(), answer.read().decode("utf-8")]
    except urllib.error.HTTPError as error:
        return [error.code, error.read().decode("utf-8")]


def number(value):
    return float("nan") if value == "nan" else value


def save(origin, place, fields, reading):
    values = dict((code, [number(value) for value in values]) for code, values in reading.items())
    form = dict(fields, LECTURA=json.dumps(values))
    body = urllib.parse.urlencode(form).encode("ascii")
    return ask(urllib.request.Request("%s/ws/v2/history/save/%s/" % (origin, place), body))


def read(origin, path):
    status, text = ask(urllib.request.Request(origin + urllib.parse.quote(path, safe="/=")))
    return [status, json.loads(text)]


def main():
    origin = sys.argv[1]
    asked = json.load(sys.stdin)
    print(json.dumps({
        "saved": [save(origin, each["place"], each["fields"], each["reading"]) for each in asked["save"]],
        "read": [read(origin, path) for path in asked["read"]],
    }))


main()
