//! Orders and tenders: stories, and any order of events.
