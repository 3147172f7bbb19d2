"""Connections to nodes, also to those that live in a network namespace of their own."""

import ctypes
import http.client
import os
import socket

CLONE_NEWNET = 0x40000000

# By host: an open file of the namespace where that loopback address is a node's.
namespaces = {}
libc = ctypes.CDLL(None, use_errno=True)


def enter(namespace):
    """The calling thread alone; sockets stay where they were made."""
    if libc.setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def connect(host, port, seconds):
    """A connected socket that delays nothing."""
    namespace = namespaces.get(host)
    if namespace is None:
        made = socket.create_connection((host, port), seconds)
    else:
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            enter(namespace)
            try:
                made = socket.create_connection((host, port), seconds)
            finally:
                enter(home)
        finally:
            os.close(home)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


class HttpConnection(http.client.HTTPConnection):
    def connect(self):
        self.sock = connect(self.host, self.port, self.timeout)
