namespace Fluxion.Bench.ByHand;

/// <summary>Steps of Adam on a network of 784, 256, 128 and 10 with rectifiers, on a batch of labelled pictures.</summary>
public sealed class Classifier
{
    readonly float[] x;
    readonly int[] labels;
    readonly Layer[] layers;
    int steps;

    /// <summary>A network at these weights: matrix and bias of each layer.</summary>
    public Classifier(float[] x, int[] labels, float[][] weights)
    {
        (this.x, this.labels) = (x, labels);
        int[] sizes = [784, 256, 128, 10];
        layers =
        [
            .. Enumerable
                .Range(0, 3)
                .Select(i => new Layer(sizes[i], sizes[i + 1], weights[2 * i], weights[2 * i + 1], labels.Length)),
        ];
    }

    /// <summary>Matrix and bias of each layer.</summary>
    public float[] Weights => [.. layers.SelectMany(layer => layer.Weights.Concat(layer.Bias))];

    /// <summary>One step; gives the mean cross entropy before it.</summary>
    public float Step(float rate)
    {
        layers[0].Forward(x, true);
        layers[1].Forward(layers[0].Results, true);
        layers[2].Forward(layers[1].Results, false);
        var loss = layers[2].CrossEntropy(labels);
        layers[2].Backward(layers[1].Results, layers[1]);
        layers[1].Backward(layers[0].Results, layers[0]);
        layers[0].Backward(x, null);
        steps++;
        foreach (var layer in layers)
            layer.Update(rate, steps);
        return loss;
    }
}
