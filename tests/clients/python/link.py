"""A way to a service that can be cut: connections pass through it, until it is told to break them off."""

import socket
import threading


class Link:
    """Passes connections on to an address. Use it as a context."""

    def __init__(self, target, cut_after=None):
        """With `cut_after`, connections are broken off once, when so many bytes came from the service."""
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._cut_after = cut_after
        self._lock = threading.Lock()
        self._open = set()
        self._threads = []
        self.cuts = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self):
        self._start(self._accept)
        return self

    def __exit__(self, *_):
        # Closing alone does not wake who waits in accept.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._break_off()
        for thread in self._threads:
            thread.join()

    def cut(self):
        """Breaks off all connections; new ones pass."""
        self.cuts += 1
        self._break_off()

    def _start(self, run, *arguments):
        thread = threading.Thread(target=run, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self._target)
            except OSError:
                near.close()
                continue
            both = _Both(near, far)
            with self._lock:
                self._open.add(both)
            self._start(self._pass, both, near, far, None)
            self._start(self._pass, both, far, near, self._cut_after)

    def _pass(self, both, source, sink, cut_after):
        passed = 0
        try:
            while data := source.recv(64 << 10):
                passed += len(data)
                if cut_after is not None and passed > cut_after and not self.cuts:
                    self.cut()
                    return
                sink.sendall(data)
        except OSError:
            pass  # Broken off, here or by one of the two.
        finally:
            with self._lock:
                both.break_off()
                both.passing -= 1
                if not both.passing:
                    self._open.discard(both)
                    both.close()

    def _break_off(self):
        with self._lock:
            for both in self._open:
                both.break_off()


class _Both:
    """The two ends of a connection. They are closed when nobody reads or writes them any more: the number of a closed one is
    the next one's, and who was about to read would take from that."""

    def __init__(self, near, far):
        self._sockets = (near, far)
        self.passing = 2

    def break_off(self):
        for one in self._sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # The other side was first.

    def close(self):
        for one in self._sockets:
            one.close()
