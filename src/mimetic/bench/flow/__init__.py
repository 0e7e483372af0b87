"""FaceFlowBench: every method of flow on faces, on exact pairs, in 3-D and on real video."""
