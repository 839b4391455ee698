"""PyTorch's side of the benchmark: reads one request a line, answers one line each.

prepare NAME FOLDER SHAPE...   builds a workload from FOLDER/NAME.I.bin (float64), picks its fastest form, and
                               writes what one step gives to FOLDER/NAME.out.bin
run NAME COUNT                 nanoseconds that COUNT steps take
threads COUNT                  how many threads PyTorch uses from now on; at first 1
"""

import array
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
torch.set_num_interop_threads(1)

FLOAT64 = {"scalar", "rosenbrock_gradient", "rosenbrock_hessian", "gmm"}
LABELLED = {"softmax_digits", "mlp_mnist", "lenet"}


def traced(function, arguments):
    """The function as TorchScript, or nothing where tracing cannot."""
    try:
        return torch.jit.trace(function, arguments, check_trace=False)
    except RuntimeError:
        return None


def gradients(function):
    """Value and gradients by all inputs: eager, and through a traced forward pass."""

    def build(inputs):
        def form(f):
            leaves = [value.clone().requires_grad_() for value in inputs]

            def step():
                value = f(*leaves)
                return [value.detach(), *torch.autograd.grad(value, leaves)]

            return step, step

        script = traced(function, tuple(inputs))
        return [form(f) for f in (function, script) if f is not None]

    return build


def training(loss, fixed, optimizer):
    """A step of an optimizer on the inputs after the first `fixed`."""

    def build(inputs):
        def form(f, foreach):
            def start():
                weights = [value.clone().requires_grad_() for value in inputs[fixed:]]
                mover = optimizer(weights, foreach)

                def step():
                    mover.zero_grad(set_to_none=True)
                    value = f(*inputs[:fixed], *weights)
                    value.backward()
                    mover.step()
                    return [value.detach(), *[weight.detach() for weight in weights]]

                return step

            return start(), start()

        script = traced(loss, tuple(inputs))
        return [form(f, foreach) for f in (loss, script) if f is not None for foreach in (False, True)]

    return build


def sgd(rate, momentum=0.0):
    return lambda weights, foreach: torch.optim.SGD(weights, rate, momentum=momentum, foreach=foreach)


def adam(rate):
    return lambda weights, foreach: torch.optim.Adam(weights, rate, foreach=foreach)


def rosenbrock(x):
    head, tail = x[:-1], x[1:]
    return (100.0 * (tail - head**2) ** 2 + (1.0 - head) ** 2).sum()


def rosenbrock_hessian(inputs):
    def form(vectorize):
        def step():
            return [torch.autograd.functional.hessian(rosenbrock, inputs[0], vectorize=vectorize)]

        return step, step

    return [form(False), form(True)]


def gmm(alpha, means, logs, lower, x):
    size, count = x.shape
    mask = torch.tril(torch.ones(size, size, dtype=x.dtype), -1)
    factors = lower * mask + torch.diag_embed(logs.exp())
    scaled = torch.matmul(factors, x - means.unsqueeze(2))
    terms = (alpha + logs.sum(1)).unsqueeze(1) - 0.5 * (scaled**2).sum(1)
    data = torch.logsumexp(terms, 0).sum() - count * torch.logsumexp(alpha, 0)
    prior = 0.5 * (logs.exp() ** 2).sum() + 0.5 * ((lower * mask) ** 2).sum()
    return data + prior


def gmm_gradients(inputs):
    x = inputs[4]
    return gradients(lambda alpha, means, logs, lower: gmm(alpha, means, logs, lower, x))(inputs[:4])


def logreg(x, y, w):
    z = x @ w
    return (F.softplus(z) - y * z).mean()


def mlp_small(x, y, w1, w2, w3):
    return ((torch.tanh(torch.tanh(x @ w1) @ w2) @ w3 - y) ** 2).mean()


def mlp_mnist(x, y, w1, b1, w2, b2, w3, b3):
    hidden = F.relu(torch.addmm(b2, F.relu(torch.addmm(b1, x, w1)), w2))
    return F.cross_entropy(torch.addmm(b3, hidden, w3), y)


def lenet(x, y, k1, c1, k2, c2, w1, b1, w2, b2, w3, b3):
    first = F.max_pool2d(F.relu(F.conv2d(x, k1, c1, padding=2)), 2)
    second = F.max_pool2d(F.relu(F.conv2d(first, k2, c2)), 2)
    third = F.relu(torch.addmm(b1, second.reshape(64, 400), w1))
    return F.cross_entropy(torch.addmm(b3, F.relu(torch.addmm(b2, third, w2)), w3), y)


BUILDERS = {
    "linreg100": training(lambda x, y, w: ((x @ w - y) ** 2).mean(), 2, sgd(0.1)),
    "scalar": gradients(lambda x, y, z: torch.sin((x + y) * z)),
    "logreg": training(logreg, 2, sgd(0.1)),
    "softmax_digits": training(lambda x, y, w, b: F.cross_entropy(torch.addmm(b, x, w), y), 2, sgd(0.1, 0.9)),
    "mlp_small": training(mlp_small, 2, sgd(0.1)),
    "mlp_mnist": training(mlp_mnist, 2, adam(1e-3)),
    "lenet": training(lenet, 2, sgd(0.1)),
    "elementwise": gradients(lambda x, w, b: (torch.sigmoid(x * w + b) * torch.tanh(x)).sum()),
    "rosenbrock_gradient": gradients(rosenbrock),
    "rosenbrock_hessian": rosenbrock_hessian,
    "gmm": gmm_gradients,
}


def read(name, folder, i, shape):
    sizes = [int(size) for size in shape.split("x") if size]
    count = 1
    for size in sizes:
        count *= size
    values = torch.from_file(f"{folder}/{name}.{i}.bin", size=count, dtype=torch.float64).clone().reshape(sizes)
    if name in LABELLED and i == 1:
        return values.long()
    return values if name in FLOAT64 else values.float()


def elapsed(step, count):
    start = time.perf_counter_ns()
    for _ in range(count):
        step()
    return time.perf_counter_ns() - start


def prepare(name, folder, shapes):
    forms = BUILDERS[name]([read(name, folder, i, shape) for i, shape in enumerate(shapes)])
    results = forms[0][1]()
    with open(f"{folder}/{name}.out.bin", "wb") as file:
        for value in results:
            array.array("d", value.double().flatten().tolist()).tofile(file)
    # A traced function is optimized in its first few calls.
    for step, _ in forms:
        elapsed(step, 20)
    return min((step for step, _ in forms), key=lambda step: min(elapsed(step, 10) for _ in range(5)))


steps = {}
print("ready", torch.__version__, flush=True)
for line in sys.stdin:
    words = line.rstrip("\n").split("\t")
    if words[0] == "prepare":
        steps[words[1]] = prepare(words[1], words[2], words[3:])
        print("prepared", flush=True)
    elif words[0] == "threads":
        torch.set_num_threads(int(words[1]))
        print("set", flush=True)
    else:
        print(elapsed(steps[words[1]], int(words[2])), flush=True)
