//! Opening, restoring and refusing.
