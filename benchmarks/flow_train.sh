#!/bin/sh
# The trained networks of FaceFlowBench: rivals and ablations, about five minutes of one core each.
#   benchmarks/flow_train.sh DATA MODELS
# DATA is a folder of clips of faces, MODELS gets one model folder each, and MODELS/cache the faces
# and pairs. Run it again after a crash: what is finished stays, what was begun goes on.
set -eu
data=$1
models=$2
export OMP_NUM_THREADS=1
cd "$(dirname "$0")/.."
mkdir -p "$models"

learn() {
    name=$1 recipe=$2
    shift 2
    echo "== $name"
    ${MIMETIC:-mimetic} flow train "recipes/$recipe.toml" --data "$data" --out "$models/$name" \
        --cache "$models/cache" --device cpu --resume "$@"
}

learn flownets-exact flow-flownets
learn flownets-tracker flow-flownets --set data.labels=tracker
learn flownets-jitter-0 flow-flownets --set data.labels=landmarks
learn flownets-jitter-0.3 flow-flownets --set data.labels=landmarks --set data.jitter_px=0.3
learn flownets-jitter-0.6 flow-flownets --set data.labels=landmarks --set data.jitter_px=0.6
learn flownets-random flow-flownets --set data.textures=random
learn flownets-started flow-flownets --set data.start=closed-form
learn paper-tracker flow-paper-1
learn pyramid-exact flow-pyramid
learn raft-exact flow-raft
