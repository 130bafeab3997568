"""A meter of somebody else's: pymodbus answers on a serial port.

usage: pymodbus-meter.py PORT UNIT PRODUCT [ADDRESS=WORD,WORD,...] ...   (holding registers, 0-based)
"""

import asyncio
import sys

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.device import ModbusDeviceIdentification
from pymodbus.server import StartAsyncSerialServer
from pymodbus.transaction import ModbusRtuFramer


async def main():
    port, unit, product = sys.argv[1:4]
    registers = {}
    for each in sys.argv[4:]:
        address, words = each.split("=")
        for offset, word in enumerate(words.split(",")):
            registers[int(address) + offset] = int(word)
    meter = ModbusSlaveContext(hr=ModbusSparseDataBlock(registers), zero_mode=True)
    identity = ModbusDeviceIdentification(info_name={"VendorName": "Peer", "ProductCode": product})
    await StartAsyncSerialServer(
        context=ModbusServerContext(slaves={int(unit): meter}, single=False),
        identity=identity,
        framer=ModbusRtuFramer,
        port=port,
        baudrate=19200,
        ignore_missing_slaves=True,
        defer_reactor_run=False,
    )


asyncio.run(main())
