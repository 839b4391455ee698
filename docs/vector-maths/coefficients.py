"""The coefficients of Core/Run's polynomials: minimax by Remez' exchange in 60 digits (python3 with mpmath)."""

from mpmath import asin, atan, atanh, cbrt, cos, erf, erfc, exp, expm1, floor, log, log1p, lu_solve, matrix, mp, mpf, pi, polyval, sin, sinh, sqrt, tan, tanh

mp.dps = 60


def fit(f, weight, low, high, count):
    """Coefficients of the polynomial p with the least largest |weight (p - f)|, and that error."""
    points = [(low + high) / 2 - (high - low) / 2 * cos(pi * i / count) for i in range(count + 1)]
    grid = [(low + high) / 2 - (high - low) / 2 * cos(pi * i / (60 * (count + 1))) for i in range(60 * (count + 1) + 1)]
    for _ in range(12):
        system, rest = matrix(count + 1, count + 1), matrix(count + 1, 1)
        for i, x in enumerate(points):
            for j in range(count):
                system[i, j] = x**j
            system[i, count] = (-1) ** i / weight(x)
            rest[i] = f(x)
        coefficients = list(lu_solve(system, rest))[:count]
        errors = [(x, weight(x) * (polyval(coefficients[::-1], x) - f(x))) for x in grid]
        extrema = []
        for x, e in errors:
            if extrema and (e > 0) == (extrema[-1][1] > 0):
                if abs(e) > abs(extrema[-1][1]):
                    extrema[-1] = (x, e)
            else:
                extrema.append((x, e))
        while len(extrema) > count + 1:
            extrema.pop(0 if abs(extrema[0][1]) < abs(extrema[-1][1]) else -1)
        if len(extrema) < count + 1:
            break
        points = [x for x, _ in extrema]
    return coefficients, max(abs(e) for _, e in errors)


def show(name, f, relative_to, low, high, count, digits):
    """f's polynomial, where an error in it counts as relative_to(x) times as much in the function's last place."""
    coefficients, error = fit(f, relative_to, mpf(low), mpf(high), count)
    print(f"{name}: off by 2^{float(log(error, 2)):.1f}")
    for c in coefficients:
        print(f"    {float(c):.9g}" if digits == 9 else f"    {float(c)!r}")


def near_zero(value, f):
    return lambda x: value if abs(x) < mpf(10) ** -20 else f(x)


# Every interval is a little wider than its quotient says, for the multiple that is taken off is rounded.
half = log(2) / 2 * (1 + mpf(2) ** -10)
zero = mpf(10) ** -12
for count, digits in ((5, 9), (11, 17)):
    f = near_zero(mpf(1) / 2, lambda r: (expm1(r) - r) / r**2)
    show("exp", f, near_zero(mpf(10) ** -6, lambda r: abs(r * r / expm1(r)) + mpf(10) ** -6), -half, half, count, digits)
for count, digits in ((5, 9), (11, 17)):
    f = lambda z: (tanh(sqrt(z)) / sqrt(z) - 1) / z
    show("tanh", f, lambda z: z / (tanh(sqrt(z)) / sqrt(z)), zero, mpf("0.5625") ** 2, count, digits)
f = near_zero(mpf(1) / 3, lambda f: (log1p(f) - f + f * f / 2) / f**3)
weight = near_zero(mpf(10) ** -6, lambda f: abs(f**3 / log1p(f)) + mpf(10) ** -6)
show("log, float32", f, weight, sqrt(mpf(1) / 2) - 1, sqrt(mpf(2)) - 1, 8, 9)
largest = ((sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)) ** 2 * (1 + mpf(2) ** -10)
show("log, float64", lambda z: (2 * atanh(sqrt(z)) / sqrt(z) - 2) / z, lambda z: z + zero, zero, largest, 7, 17)
for count, digits in ((3, 9), (7, 17)):
    f = lambda z: ((2 * atanh(sqrt(z)) / sqrt(z) - 2) / z - mpf(2) / 3) / z
    show("log for pow", f, lambda z: z * z + zero, mpf(10) ** -9, largest, count, digits)
for count, digits, slack in ((5, 9, "0.005"), (8, 17, "0.001")):
    f = lambda z: (sin(sqrt(z)) / sqrt(z) - 1) / z
    show("sin", f, lambda z: z / (sin(sqrt(z)) / sqrt(z)), zero, (pi / 2 + mpf(slack)) ** 2, count, digits)
for count, digits, slack in ((7, 9, "0.005"), (14, 17, "0.001")):
    f = lambda z: (tan(sqrt(z)) / sqrt(z) - 1) / z
    show("tan", f, lambda z: z / (tan(sqrt(z)) / sqrt(z)), zero, (pi / 4 + mpf(slack)) ** 2, count, digits)
for count, digits in ((5, 9), (11, 17)):
    f = lambda z: (atan(sqrt(z)) / sqrt(z) - 1) / z
    show("atan", f, lambda z: z / (atan(sqrt(z)) / sqrt(z)), zero, (tan(pi / 8) + mpf("0.0001")) ** 2, count, digits)
for count, digits in ((5, 9), (12, 17)):
    f = lambda z: (asin(sqrt(z)) / sqrt(z) - 1) / z
    show("asin", f, lambda z: z / (asin(sqrt(z)) / sqrt(z)), zero, mpf("0.25"), count, digits)
for count, digits in ((4, 9), (7, 17)):
    f = lambda z: (sinh(sqrt(z)) / sqrt(z) - 1) / z
    show("sinh", f, lambda z: z / (sinh(sqrt(z)) / sqrt(z)), zero, mpf(1), count, digits)
for count, digits in ((5, 9), (7, 17)):
    show("cbrt", lambda m: 1 / cbrt(m), cbrt, sqrt(mpf(1) / 2), sqrt(mpf(2)), count, digits)
for count, digits in ((6, 9), (11, 17)):
    f = lambda z: erf(sqrt(z)) / sqrt(z) - 1
    show("erf", f, lambda z: 1 / (erf(sqrt(z)) / sqrt(z)), zero, mpf("0.75") ** 2, count, digits)


def scaled_tail(t):
    x = 4 * (1 + t) / (1 - t)
    return (1 + 2 * x) * exp(x * x) * erfc(x)


for count, digits, last in ((10, 9, 11), (21, 17, 28)):
    low, high = mpf("-3.25") / mpf("4.75"), mpf(last - 4) / (last + 4)
    show("erfc", scaled_tail, lambda t: 1 / scaled_tail(t), low, high, count, digits)


def parts(name, value, lengths):
    """A number as a sum of floats of so many bits each, all rounded down."""
    found = []
    for bits in lengths:
        unit = mpf(2) ** (floor(log(value, 2)) + 1 - bits)
        found.append(float(floor(value / unit) * unit))
        value -= mpf(found[-1])
    print(name, found)


parts("ln 2, float32", log(2), (16, 24))
parts("ln 2, float64", log(2), (42, 53))
parts("pi, float32", +pi, (24, 24, 24))
parts("pi, float64", +pi, (53, 53, 53))
parts("pi/4, float32", pi / 4, (21, 24))
parts("pi/4, float64", pi / 4, (50, 53))
