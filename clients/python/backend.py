"""Generates the package's code from the protos whenever the package is built, and leaves the rest to setuptools.

`python backend.py` generates and builds nothing.
"""

import importlib.resources
import pathlib
import shutil
import sysconfig

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403  (the hooks that are not told here)

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE / "src" / "acuse"
PROTOS = HERE.parent.parent / "proto"


def generate():
    """Makes the generated folders of the package anew. Where there are no protos, in a source distribution, they are there."""
    if not PROTOS.is_dir():
        return
    from grpc_tools import protoc

    for folder in PACKAGE.glob("*/v1"):
        shutil.rmtree(folder.parent)
    # What an earlier build left would be packed again, also what is no more.
    shutil.rmtree(HERE / "build", ignore_errors=True)
    out = PACKAGE.parent
    well_known = importlib.resources.files("grpc_tools") / "_proto"
    arguments = [
        f"--proto_path={PROTOS}",
        f"--proto_path={well_known}",
        f"--python_out={out}",
        f"--grpc_python_out={out}",
        *plugin("mypy", out),
        *plugin("mypy_grpc", out),
    ]
    files = (path.relative_to(PROTOS).as_posix() for path in PROTOS.rglob("*.proto"))
    if protoc.main(["protoc", *arguments, *sorted(files)]) != 0:
        raise RuntimeError("protoc failed: its own words are above")


def plugin(name, out):
    """Arguments that have a plugin write to `out`, found beside this Python also where that is not on the PATH."""
    program = f"protoc-gen-{name}"
    path = shutil.which(program) or shutil.which(program, path=sysconfig.get_path("scripts"))
    if path is None:
        raise RuntimeError(f"{program} is missing: pip install mypy-protobuf")
    return f"--plugin={program}={path}", f"--{name}_out=quiet:{out}"


def build_wheel(*arguments, **options):
    generate()
    return build_meta.build_wheel(*arguments, **options)


def build_sdist(*arguments, **options):
    generate()
    return build_meta.build_sdist(*arguments, **options)


def build_editable(*arguments, **options):
    generate()
    return build_meta.build_editable(*arguments, **options)


if __name__ == "__main__":
    generate()
