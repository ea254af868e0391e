using HkaFer.Data;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>Generated faces as files, so that they can be changed and taken away.</summary>
internal static class Faces
{
    /// <summary>Writes a folder of pictures, and gives a tiny recipe that trains on it.</summary>
    internal static Recipe Recipe(Scratch scratch, int count, params string[] sets)
    {
        for (int i = 0; i < count; i++)
        {
            Draw(i, scratch[Path.Combine("faces", Expressions.Names[i % 7], $"{i:D3}.png")]);
        }

        return TinyRecipe.Least.With([$"data.train=folder:{scratch["faces"]}", .. sets]);
    }

    /// <summary>The pictures, in the data set's order.</summary>
    internal static string[] Files(Scratch scratch)
    {
        ImageDataset faces = DataSource.Parse($"folder:{scratch["faces"]}").Open("all");
        return [.. Enumerable.Range(0, faces.Count).Select(i => faces[i].Path)];
    }

    internal static void Draw(int index, string path) => DataSource.Parse("faces:?seed=8&count=1000&size=32").Open("train").Load(index).SavePng(path);
}
