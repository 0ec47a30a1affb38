//! What the centre promises, tried through its public face.
