"""Writes FILE to stdout with the byte at OFFSET inverted: flip_byte.py FILE OFFSET"""

import sys

with open(sys.argv[1], "rb") as file:
    content = bytearray(file.read())
content[int(sys.argv[2])] ^= 0xFF
sys.stdout.buffer.write(content)
