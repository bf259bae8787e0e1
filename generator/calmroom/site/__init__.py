"""The site: pages from the knowledge base, and the one edge that knows MkDocs.

`pages` lists every page there is; `views` prepares the values a template shows; `diagrams` writes Mermaid;
`rendering` puts values into templates; `plugin` hands the result to MkDocs and knows nothing else.
"""
