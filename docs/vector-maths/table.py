"""Writes the table that Tests/Core/Run/VectorMathTests.fs measures against (python3 with mpmath): python3 table.py > TABLE, then gzip -9n TABLE.

A line is a function, the bits of its arguments, the bits of the nearest float64 to its value, and how far the value itself lies from
that one, in units of its last place.
"""

import random
import struct

import mpmath
from mpmath import mp, mpf

random.seed(1)
COUNT = 110  # lines of one kind
SMALLEST, LARGEST = 5e-324, 1.7976931348623157e308


def bits(x):
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def number(b):
    return struct.unpack("<d", struct.pack("<Q", b))[0]


def spread(low, high, count=COUNT):
    """Positive numbers, as many in every power of two."""
    return [number(random.randint(bits(low), bits(high))) for _ in range(count)]


def even(low, high, count=COUNT):
    return [random.uniform(low, high) for _ in range(count)]


def both(numbers):
    return [sign * x for x in numbers for sign in (1, -1)]


def near_multiples(unit):
    """The floats next to whole multiples of a number, where a periodic function is nearly 0 or infinite."""
    multiples = list(range(1, COUNT // 2)) + [random.randint(1, 2**38) for _ in range(COUNT)]
    return [float(k * unit) for k in multiples]


def sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


mp.prec = 2400
circle = even(-7, 7, 4 * COUNT) + both(spread(SMALLEST, 10)) + spread(1, 1e5) + spread(1e5, 4e12) + spread(4e12, LARGEST)
functions = {
    "exp": (mpmath.exp, even(-1, 1, 3 * COUNT) + even(-700, 700) + both(spread(1e-20, 700)) + even(-745.2, -708) + even(709, 709.78)),
    "expm1": (mpmath.expm1, even(-1, 1, 4 * COUNT) + even(-40, 40) + both(spread(SMALLEST, 700)) + even(709, 709.78)),
    "log": (mpmath.log, spread(0.5, 2, 4 * COUNT) + spread(0.99, 1.01) + spread(SMALLEST, LARGEST, 2 * COUNT) + spread(SMALLEST, 1e-308)),
    "log1p": (mpmath.log1p, even(-0.999, 2, 4 * COUNT) + both(spread(SMALLEST, 0.99)) + spread(1, LARGEST) + [x - 1 for x in spread(1e-16, 1)]),
    "sin": (mpmath.sin, circle + near_multiples(mp.pi)),
    "cos": (mpmath.cos, circle + near_multiples(mp.pi / 2)),
    "tan": (mpmath.tan, circle + near_multiples(mp.pi / 2)),
    "tanh": (mpmath.tanh, even(-1, 1, 4 * COUNT) + even(0, 20) + both(spread(SMALLEST, 30))),
    "sigmoid": (sigmoid, even(-3, 3, 3 * COUNT) + even(-40, 40) + even(-745.1, -700) + both(spread(1e-20, 700))),
}


def line(name, arguments, value):
    unit = mpf(2) ** max(int(mpmath.floor(mpmath.log(abs(value), 2))) - 52, -1074)
    near = mpmath.nint(value / unit)
    rest = value / unit - near
    print(name, *(f"{bits(x):x}" for x in arguments), f"{bits(float(near * unit)):x}", f"{float(rest):.3f}", sep=",")


for name, (function, arguments) in functions.items():
    for x in arguments:
        mp.prec = 2400 if abs(x) > 1e12 or abs(x) < 1e-12 else 200
        line(name, [x], function(mpf(x)))

mp.prec = 200
written = 0
while written < 8 * COUNT:
    base = (
        spread(SMALLEST, LARGEST, 1) + even(0.5, 2, 1) + spread(0.7, 1.42, 1) + [1 + random.uniform(-1, 1) * 2.0 ** -random.randint(1, 40)]
    )[written % 4]
    logarithm = mpmath.log(base)
    exponent = random.uniform(-30, 30) if written % 3 == 0 or logarithm == 0 else float(random.uniform(-745, 709) / logarithm)
    if -744 < exponent * logarithm < 709.7:
        line("pow", [base, exponent], mpmath.power(mpf(base), mpf(exponent)))
        written += 1

# What follows came later; after the pairs of pow, the random numbers of the lines above are what they were.
mp.prec = 2400
near_one = [1 - x for x in spread(1e-16, 0.5)]
inside = even(-1, 1, 3 * COUNT) + both(spread(SMALLEST, 1)) + both(near_one)
line_of_numbers = even(-3, 3, 3 * COUNT) + both(spread(SMALLEST, LARGEST))
later = {
    "exp2": (lambda x: mpf(2) ** x, even(-1, 1, 3 * COUNT) + even(-1022, 1024) + both(spread(1e-20, 1000)) + even(-1074.9, -1020)),
    "log2": (lambda x: mpmath.log(x, 2), spread(0.5, 2, 3 * COUNT) + spread(0.99, 1.01) + spread(SMALLEST, LARGEST, 2 * COUNT)),
    "log10": (mpmath.log10, spread(0.5, 2, 3 * COUNT) + spread(0.99, 1.01) + spread(SMALLEST, LARGEST, 2 * COUNT)),
    "cbrt": (lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), both(spread(0.5, 8, 2 * COUNT)) + both(spread(SMALLEST, LARGEST))),
    "asin": (mpmath.asin, inside),
    "acos": (mpmath.acos, inside),
    "atan": (mpmath.atan, line_of_numbers),
    "sinh": (mpmath.sinh, even(-2, 2, 3 * COUNT) + both(spread(SMALLEST, 700)) + even(709, 710.47)),
    "cosh": (mpmath.cosh, even(-2, 2, 3 * COUNT) + both(spread(1e-20, 700)) + even(709, 710.47)),
    "asinh": (mpmath.asinh, line_of_numbers + both(spread(0.1, 100))),
    "acosh": (mpmath.acosh, even(1, 3, 3 * COUNT) + [1 + x for x in spread(1e-15, 1)] + spread(1, LARGEST)),
    "atanh": (mpmath.atanh, inside),
    "erf": (mpmath.erf, even(-2, 2, 4 * COUNT) + even(0, 6) + both(spread(SMALLEST, 6))),
    "erfc": (mpmath.erfc, even(-2, 4, 4 * COUNT) + even(-6, 27.2, 3 * COUNT) + both(spread(1e-20, 6))),
    "silu": (lambda x: x * sigmoid(x), even(-3, 3, 3 * COUNT) + even(-751, -690) + both(spread(1e-300, 700))),
}

for name, (function, arguments) in later.items():
    for x in arguments:
        # All arguments here are far from a zero that is not theirs by less than a float64 can be, or near 0 itself.
        mp.prec = 2400 if abs(x) < 1e-12 else 1200 if abs(x) > 1e12 else 300
        value = function(mpf(x))
        if value != 0:
            line(name, [x], value)

mp.prec = 2400
for name, function in (("atan2", mpmath.atan2), ("hypot", lambda x, y: mpmath.sqrt(x * x + y * y))):
    near = list(zip(even(-3, 3, 4 * COUNT), even(-3, 3, 4 * COUNT)))
    far = list(zip(both(spread(1e-307, 1e300, 2 * COUNT)), both(spread(1e-307, 1e300, COUNT)) + both(spread(SMALLEST, 1e-300, COUNT))))
    for x, y in near + far:
        value = function(mpf(x), mpf(y))
        if SMALLEST < abs(value) < LARGEST:
            line(name, [x, y], value)

# Later still, with random numbers of its own.
random.seed(2)
mp.prec = 300
for x in even(-1, 1, 4 * COUNT) + both(spread(1e-300, 1)) + both([1 - x for x in spread(1.2e-16, 0.5, 2 * COUNT)]):
    line("erfinv", [x], mpmath.erfinv(mpf(x)))



def beside(first, last):
    """1, and less than a power of two more or less."""
    return 1 + random.choice((1, -1)) * 2.0 ** -random.uniform(first, last)


# Right of 0; the others are computed one by one.
positive = even(0, 20, 4 * COUNT) + spread(1e-300, 1e300) + spread(0.01, 100) + [beside(1, 52) for _ in range(COUNT)]
for x in positive + [2 * beside(1, 52) for _ in range(COUNT)]:
    line("lgamma", [x], mpmath.log(mpmath.gamma(mpf(x))) if x < 1000 else mpmath.loggamma(mpf(x)))
for x in positive + [1.4616321449683622 * beside(2, 52) for _ in range(COUNT)]:
    line("digamma", [x], mpmath.digamma(mpf(x)))

random.seed(3)
mp.prec = 400
for x in even(-3, 3, 3 * COUNT) + even(-21.7, -3, 3 * COUNT) + both(spread(1e-300, 60)):
    line("geluTanh", [x], x * sigmoid(mpmath.sqrt(8 / mp.pi) * (mpf(x) + mpf("0.044715") * mpf(x) ** 3)))


def complement(y):
    """Next to the number whose exponential and exp y sum to 1."""
    return number(bits(float(mpmath.log1p(-mpmath.exp(mpf(y))))) + random.choice((0, 0, 1, -1, 1000, -(10**9), 10**13)))


mp.prec = 2400
cancelling = [(complement(y), y) for y in even(-3, -0.7, 2 * COUNT) + even(-740, -3, COUNT)]
for x, y in list(zip(even(-2, 2, 3 * COUNT), even(-2, 2, 3 * COUNT))) + list(zip(even(-800, 800), even(-800, 800))) + cancelling:
    line("logAddExp", [x, y], mpmath.log(mpmath.exp(mpf(x)) + mpmath.exp(mpf(y))))
