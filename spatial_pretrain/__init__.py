"""The model side of the toolkit: Qwen2.5-VL and its nano sibling, chat format, packing, supervised training.

Import from the modules; this package loads nothing by itself.

- `model`: a backbone by name; `nano`, `nano_tokenizer`, `nano_corpus`: the small one, built offline.
- `plan`: parameter counts and memory without weights; `vocabulary`: added tokens.
- `chat`, `samples`, `pictures`, `positions`, `packing`, `collate`: from a conversation to a batch.
- `train`, `configs`, `objective`, `optim`, `lora`, `sampling`, `metrics`, `checkpoints`: supervised training.
- `prompts`, `generate`: constrained greedy decoding.
- `attention`: variable-length attention without flash-attn.
- `lean`, `lean_ops`, `lean_decode`, `memory`: the same arithmetic, faster, for nano models on a CPU.
"""
