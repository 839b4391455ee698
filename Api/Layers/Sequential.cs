namespace Fluxion.Api;

/// <summary>Modules one after another; their names are their numbers: <c>0.Weight</c>.</summary>
public sealed class Sequential : Module
{
    readonly Module[] layers;

    /// <summary>The modules, first to last.</summary>
    public Sequential(params Module[] layers)
    {
        this.layers = [.. layers];
        foreach (var (i, layer) in layers.Index())
            AddModule($"{i}", layer);
    }

    /// <summary>Each module applied to what the one before gives.</summary>
    public override Tensor Forward(Tensor x) => layers.Aggregate(x, (value, layer) => layer.Forward(value));
}
