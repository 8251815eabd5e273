-- A worker goes on with the trace of the request that an operation was accepted for. The column holds
-- the place in it (traceparent, W3C Trace Context); NULL where traces are off, and for whoever
-- doesn't know the column.
ALTER TABLE operations ADD COLUMN trace_context TEXT;
