"""The control in Python: `tcp-control.py PORT COUNT REGISTERS` reads with pymodbus and prints what it cost."""
import json
import sys
import time

from pymodbus.client import ModbusTcpClient

port, count, registers = (int(each) for each in sys.argv[1:4])
client = ModbusTcpClient("127.0.0.1", port=port)
client.connect()


def read():
    return not client.read_holding_registers(0, registers, slave=1).isError()


for _ in range(count // 10 + 1):
    read()
wall, cpu = time.monotonic(), time.process_time()
good = sum(read() for _ in range(count))
print(json.dumps({"good": good, "wallMs": (time.monotonic() - wall) * 1e3, "cpuUs": (time.process_time() - cpu) * 1e6}))
client.close()
