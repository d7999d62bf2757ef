"""The local stack: the real template in an embedded emulator, each function under the real Lambda runtime client."""
