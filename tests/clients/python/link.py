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
            far = socket.create_connection(self._target)
            with self._lock:
                self._open.update((near, far))
            self._start(self._pass, near, far, None)
            self._start(self._pass, far, near, self._cut_after)

    def _pass(self, source, sink, cut_after):
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
            self._close(source, sink)

    def _break_off(self):
        with self._lock:
            sockets = list(self._open)
        self._close(*sockets)

    def _close(self, *sockets):
        for one in sockets:
            with self._lock:
                if one not in self._open:
                    continue
                self._open.discard(one)
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # The other side was first.
            one.close()
