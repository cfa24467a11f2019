"""A teacher model behind an OpenAI-compatible endpoint: what it is asked, what of its answers may be used.

The paper's teacher is Seed1.5-VL; any model that is served by the chat-completions protocol will do.
"""
