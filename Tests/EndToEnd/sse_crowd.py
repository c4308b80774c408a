"""A backend for many slow streams at once, on one thread: a message a second for each call.

Run as a program: it prints its port, and ends with its input. Each message's `number` is the time
of its writing, in nanoseconds of the clock that all processes of the machine share.
"""
import asyncio
import random
import sys
import time

import grpc


class Crowd(grpc.GenericRpcHandler):
    def __init__(self, messages):
        self.messages = messages

    def service(self, details):
        return grpc.unary_stream_rpc_method_handler(self.tell)

    async def tell(self, request, context):
        # Spread over the second, as clients are that did not come at once.
        await asyncio.sleep(random.random())
        for _ in range(self.messages):
            now = time.monotonic_ns()
            data = bytearray(b"\x10")
            while now > 127:
                data.append(now & 127 | 128)
                now >>= 7
            data.append(now)
            await context.write(bytes(data))
            await asyncio.sleep(1)


async def main(messages):
    server = grpc.aio.server(options=[("grpc.max_concurrent_streams", 10_000)])
    server.add_generic_rpc_handlers((Crowd(messages),))
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    await server.start()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.stop(0)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
