"""Reading incident records: a record is valid or says why not.

`yaml_text` reads YAML with the position of every value; `model` is the contract, field by field; `rules` are the
checks that span fields; `narrative` renders and checks the prose; `reader` finds the files and ties these together;
`diagnostics` is what they all report.
"""
