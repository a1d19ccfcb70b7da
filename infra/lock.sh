#!/usr/bin/env bash
# Resolve every version for Linux (x86-64, arm64), macOS arm64 and Windows, Python 3.11 to 3.13, with hashes.
# Needs uv: pip install uv
set -euo pipefail
command -v uv >/dev/null || { echo "make lock needs uv: pip install uv"; exit 1; }
# Extras are kept in the lines: pip looks for newer versions of "name[extra]" when only "name" is pinned.
options=(--universal --no-strip-extras --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet)
uv pip compile pyproject.toml "${options[@]}" --extra dev -o requirements.lock
mkdir -p infra/locks
for extra in gpu heif jax mtcnn onnx s3 server; do
  # Held to the versions of requirements.lock, so that an extra adds packages and changes none.
  uv pip compile pyproject.toml "${options[@]}" --extra "$extra" -c requirements.lock -o "infra/locks/$extra.lock"
done
# Every platform must find wheels for all but one small pure-Python package.
for lock in requirements.lock infra/locks/{heif,jax,mtcnn,onnx,s3,server}.lock; do
  for platform in x86_64-manylinux_2_28 aarch64-manylinux_2_28 aarch64-apple-darwin x86_64-pc-windows-msvc; do
    for python in 3.11 3.12 3.13; do
      MACOSX_DEPLOYMENT_TARGET=14.0 uv pip compile "$lock" --python-platform "$platform" --python-version "$python" \
        --only-binary :all: --no-binary antlr4-python3-runtime --quiet -o /dev/null
    done
  done
done
echo "locked"
