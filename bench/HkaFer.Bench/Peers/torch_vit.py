"""The peer of `hkafer bench compare`: the same vision transformer, adapters and step in eager PyTorch on the processor.

torch_vit.py step ARCH METHOD DTYPE BATCH STEPS THREADS  prints one JSON object: images/s and peak memory, forward and training
torch_vit.py export ARCH METHOD BATCH FILE               writes the float32 forward pass of a batch as ONNX
ARCH is WIDTHxDEPTHxHEADS:TOKEN_SIDE:PATCH, METHOD none, lora or heka, DTYPE float32 or bfloat16.
HeKA is written as its paper's formulas read: every adapter's output is made, stacked, weighted and summed.
"""
import json
import math
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

POOL, CLASSES = 16, 7


def kaiming(*shape):
    return nn.Parameter(nn.init.kaiming_uniform_(torch.empty(*shape), a=math.sqrt(5)))


class Lora(nn.Module):
    def __init__(self, layer, rank=32):
        super().__init__()
        self.layer, self.factor = layer, 2.0
        self.a, self.b = kaiming(rank, layer.in_features), nn.Parameter(torch.zeros(layer.out_features, rank))

    def forward(self, x):
        return self.layer(x) + self.factor * F.linear(F.linear(x, self.a), self.b)


class Heka(nn.Module):
    def __init__(self, layer, small):
        super().__init__()
        self.layer, self.beta = layer, 2.0
        sizes = [(small, small), (small, 2 * small), (2 * small, small), (2 * small, 2 * small)]
        n, d1, d2 = len(sizes), layer.in_features, layer.out_features
        self.c = nn.ParameterList([kaiming(q, l) for q, l in sizes])
        self.d = nn.ParameterList([nn.Parameter(torch.zeros(d2 // q, d1 // l)) for q, l in sizes])
        self.w1s, self.w2s = kaiming(2 * n, d1 // POOL), kaiming(n, 2 * n)
        self.w1r, self.w2r = kaiming(2 * n, d2 // POOL), kaiming(n, 2 * n)
        self.mix = nn.Parameter(torch.tensor(0.5))

    def forward(self, x):
        lead = x.shape[:-1]
        outputs = []
        for c, d in zip(self.c, self.d):
            grid = x.reshape(*lead, c.shape[1], d.shape[1])
            outputs.append((c @ (grid @ d.t())).flatten(-2))
        f = torch.stack(outputs, -2)
        pooled = F.linear(x.reshape(*lead, -1, POOL).mean(-1), self.w1s)
        by_input = F.linear(pooled.sigmoid(), self.w2s).softmax(-1)
        related = F.linear(f.reshape(*f.shape[:-1], -1, POOL).mean(-1), self.w1r) * pooled.unsqueeze(-2)
        by_output = (related.sigmoid() * self.w2r).sum(-1).softmax(-1)
        weight = self.mix * by_input + (1 - self.mix) * by_output
        return self.layer(x) + self.beta * (weight.unsqueeze(-1) * f).sum(-2)


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.scale1, self.scale2 = nn.Parameter(torch.ones(width)), nn.Parameter(torch.ones(width))

    def attention(self, x):
        batch, tokens, width = x.shape
        q, k, v = self.qkv(x).view(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        if hasattr(F, "scaled_dot_product_attention"):
            y = F.scaled_dot_product_attention(q, k, v)
        else:
            y = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(-1) @ v
        return self.proj(y.transpose(1, 2).reshape(batch, tokens, width))

    def forward(self, x):
        x = x + self.scale1 * self.attention(self.norm1(x))
        return x + self.scale2 * self.fc2(F.gelu(self.fc1(self.norm2(x))))


class Vit(nn.Module):
    def __init__(self, arch, method):
        super().__init__()
        sizes, side, patch = arch.split(":")
        width, depth, heads = (int(n) for n in sizes.split("x"))
        self.pixels = int(side) * int(patch)
        self.patches = nn.Conv2d(3, width, int(patch), int(patch))
        self.cls = nn.Parameter(torch.zeros(1, 1, width))
        self.positions = nn.Parameter(torch.randn(1, int(side) ** 2 + 1, width) * 0.02)
        self.blocks = nn.ModuleList([Block(width, heads) for _ in range(depth)])
        self.norm, self.head = nn.LayerNorm(width, eps=1e-6), nn.Linear(width, CLASSES)
        for parameter in self.parameters():
            parameter.requires_grad = False
        self.head.requires_grad_(True)
        adapt = {"none": None, "lora": Lora, "heka": lambda layer: Heka(layer, 16 if width < 768 else 32)}[method]
        for block in self.blocks if adapt else []:
            for name in ("qkv", "proj", "fc1", "fc2"):
                setattr(block, name, adapt(getattr(block, name)))

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(len(x), -1, -1), x], 1) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, 0])


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def median_rate(work, batch, steps):
    work()
    seconds = []
    for _ in range(steps):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    seconds.sort()
    return batch / ((seconds[(steps - 1) // 2] + seconds[steps // 2]) / 2)


def step(arch, method, dtype, batch, steps, threads):
    batch, steps, narrow = int(batch), int(steps), dtype == "bfloat16"
    torch.set_num_threads(int(threads))
    model = Vit(arch, method)
    if narrow:
        for module in model.modules():
            if isinstance(module, (nn.Linear, nn.Conv2d)):
                for parameter in module.parameters(recurse=False):
                    if not parameter.requires_grad:
                        parameter.data = parameter.data.bfloat16()
    pixels = torch.randn(batch, 3, model.pixels, model.pixels)
    pixels = pixels.bfloat16() if narrow else pixels
    labels = torch.arange(batch) % CLASSES
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-4, weight_decay=1e-4)

    def forward():
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=narrow):
            model(pixels)

    def train():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=narrow):
            logits = model(pixels)
        optimizer.zero_grad()
        F.cross_entropy(logits.float(), labels).backward()
        optimizer.step()

    result = {"version": torch.__version__, "forward": median_rate(forward, batch, steps), "forward_peak": peak()}
    if method != "none":
        result |= {"training": median_rate(train, batch, steps), "training_peak": peak()}
    print(json.dumps(result))


def export(arch, method, batch, file):
    model = Vit(arch, method).eval()
    pixels = torch.randn(int(batch), 3, model.pixels, model.pixels)
    torch.onnx.export(model, pixels, file, opset_version=16, do_constant_folding=True)
    print(json.dumps({"version": torch.__version__}))


torch.manual_seed(0)
{"step": step, "export": export}[sys.argv[1]](*sys.argv[2:])
