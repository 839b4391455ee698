using NUnit.Framework;

namespace Fluxion.Api.Tests;

public sealed class PlatformTests
{
    [TestCase("Fluxion")]
    [TestCase("runtime")]
    [TestCase("vectors")]
    [TestCase("threads")]
    [TestCase("matrix products")]
    public void TellsWhatWasChosenALineEach(string name) =>
        Assert.That(
            Platform.Describe().Split('\n').Count(line => line.StartsWith(name, StringComparison.Ordinal)),
            Is.EqualTo(1)
        );
}
