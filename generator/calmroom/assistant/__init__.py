"""The knowledge base for an assistant: what it may ask, answered from one edition, and nothing ever written."""
