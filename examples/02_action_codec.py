"""From robot actions to token ids of a language model and back.

Run: python examples/02_action_codec.py
"""

import numpy as np

from action_tokenizer import ActionCodec, ActionStatistics, AddedTokens, Grid

# Made-up demonstrations: 20 episodes of six end-effector commands and a gripper (-1 open, +1 closed).
rng = np.random.default_rng(0)
episodes = [rng.normal(0, [0.3, 0.3, 0.4, 0.05, 0.05, 0.05, 1], (100, 7)) for _ in range(20)]
for actions in episodes:
    actions[:, 6] = np.sign(actions[:, 6])

statistics = ActionStatistics.fit(episodes)
# 151665 is the first free id of Qwen2.5-VL; with a real tokenizer: AddedTokens.from_tokenizer(tokenizer).
codec = ActionCodec(statistics=statistics, grid=Grid("uniform"), vocabulary=AddedTokens(151_665))

action = episodes[0][:1]
ids = codec.encode(action)
print("action   ", action[0].round(4))
print("token ids", ids[0])
print("decoded  ", codec.decode(ids)[0].round(4))

shares = codec.clipped_share(np.concatenate(episodes))
print("clipped  ", {name: f"{share:.1%}" for name, share in shares.items()})
print("checkpoint entry:", {key: value for key, value in codec.to_dict().items() if key != "statistics"})
print("fingerprint:", codec.fingerprint())
