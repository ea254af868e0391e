using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>The splits that a run learns from and is scored on.</summary>
internal sealed record RunData(ImageDataset Train, ImageDataset? Valid, ImageDataset? Test)
{
    // Sets what is held out apart from which pictures are drawn.
    private const ulong HeldOut = 0x68656C64;

    /// <summary>Which sources alone a score is of, where there are several and not all have the split; else null.</summary>
    internal string? Partial { get; init; }

    /// <summary>Opens all splits of one source.</summary>
    /// <param name="settings">Names them.</param>
    /// <param name="check">Whether this is all of the run's data; else whoever joins it with others checks the whole.</param>
    /// <exception cref="HkaFerException">A source is missing or wrong, or the splits do not fit each other.</exception>
    internal static RunData Open(DataSettings settings, bool check = true)
    {
        string name = settings.Train ?? throw new HkaFerException("recipe: data.train is missing; expected KIND:PATH, a folder or a .csv file");
        DataSource source = DataSource.Parse(name);
        IReadOnlyList<string> splits = source.Splits();
        Exclusion? exclude = settings.Exclude is null ? null : Exclusion.Read(settings.Exclude);
        ImageDataset all = source.Open(splits.Contains("train") ? "train" : "all", exclude), train = Drawn(all, settings);
        ImageDataset? valid;
        if (settings.HeldOut > 0)
        {
            (valid, train) = SeededPart.Of(train, Aside(train, settings), Rng.Combine(settings.Seed, HeldOut), "held-out");
        }
        else
        {
            valid = Other(settings.Valid, "valid");
        }

        CheckDraw(all, train);

        // The source's own test split is opened only where it has to stand in for validation: a folder need hold only what is read.
        var data = new RunData(train, valid, settings.Test is null && valid is not null ? null : Other(settings.Test, "test"));
        exclude?.RequireMatched(source);
        if (check)
        {
            data.Check();
        }

        return data;

        ImageDataset? Other(string? given, string usual)
        {
            if (given is null)
            {
                return splits.Contains(usual) ? source.Open(usual, exclude) : null;
            }

            // A bare split name means one of the training source; anything else names a source of its own.
            if (DataSource.SplitNames.Contains(given, StringComparer.Ordinal))
            {
                return source.Open(given, exclude);
            }

            DataSource other = DataSource.Parse(given);
            IReadOnlyList<string> there = other.Splits();
            string split = there.Contains(usual) ? usual
                : there.Count == 1 ? there[0]
                : throw new HkaFerException(
                    $"data.{usual}: {given} has no split '{usual}', it has {string.Join(", ", there)}; name pictures that have it, or a folder that holds these pictures alone"
                    + (usual == "valid" && there.Contains("test") ? "; under data.test its test split scores the epochs" : ""));
            return other.Open(split, exclude);
        }
    }

    private static ImageDataset Drawn(ImageDataset train, DataSettings settings) =>
        settings.Pictures is not { } count ? train
        : count <= train.Count ? SeededPart.Of(train, count, settings.Seed).Drawn
        : throw new HkaFerException($"data.pictures: {count} of the training pictures are wanted, and there are {train.Count}; take fewer, or leave the key out for all");

    /// <summary>A class that only the draw has emptied is no fault of the data.</summary>
    private static void CheckDraw(ImageDataset all, ImageDataset train)
    {
        if (train.Count < all.Count && all.ClassCounts().Zip(train.ClassCounts()).Index().FirstOrDefault(c => c.Item is { First: > 0, Second: 0 }) is { Item.First: > 0 } lost)
        {
            throw new HkaFerException(
                $"data.pictures, data.held_out: of the {train.Count:N0} pictures that are drawn to learn from none is of class '{all.Classes[lost.Index]}', of which there are {lost.Item.First:N0}; "
                + "take more pictures, or another data.seed");
        }
    }

    private static int Aside(ImageDataset train, DataSettings settings) =>
        SeededPart.Count(settings.HeldOut, train.Count) is var aside && aside < train.Count ? aside
        : throw new HkaFerException($"data.held_out: would leave nothing of {train.Count} picture(s) to learn from; give more, or take the key away");

    /// <summary>The same splits, whose pictures are read, or drawn, once for all epochs and runs that share them, as far as there is room.</summary>
    /// <param name="settings">Says how much.</param>
    internal RunData Cached(DataSettings settings)
    {
        var budget = new CacheBudget((long)settings.CacheMb << 20);
        return new(
            new CachedDataset(Train, budget),
            Valid is null ? null : new CachedDataset(Valid, budget), Test is null ? null : new CachedDataset(Test, budget));
    }

    /// <summary>The splits that there are, with their names in the run.</summary>
    internal IEnumerable<(string Name, ImageDataset Data)> Splits()
    {
        yield return ("train", Train);
        if (Valid is not null)
        {
            yield return ("valid", Valid);
        }

        if (Test is not null)
        {
            yield return ("test", Test);
        }
    }

    /// <summary>
    /// What would be found only after hours, or never: pictures of a class that the model cannot know, and pictures that are scored though they were learned from.
    /// </summary>
    /// <exception cref="HkaFerException">There are some; the message says which.</exception>
    internal void Check()
    {
        Dictionary<string, string> used = [];
        foreach ((string name, ImageDataset split) in Splits())
        {
            if (split.Classes.FirstOrDefault(c => !Train.Classes.Contains(c, StringComparer.Ordinal)) is { } unknown)
            {
                throw new HkaFerException(
                    $"data.{name}: the class '{unknown}' of {split.Kind} is not among those of the training split ({string.Join(", ", Train.Classes)}); score on data with the same classes");
            }

            string[] paths = [.. Enumerable.Range(0, split.Count).Select(i => Path.GetFullPath(split[i].Path))];
            if (Array.FindAll(paths, used.ContainsKey) is { Length: > 0 } shared)
            {
                throw new HkaFerException(
                    $"data.{name}: {shared.Length} of its {paths.Length} pictures are in the {used[shared[0]]} split too, the first is '{shared[0]}', so that its score would say nothing of new pictures; name others");
            }

            foreach (string path in paths)
            {
                used[path] = name;
            }
        }
    }

    /// <summary>
    /// Checks that there is what training needs: pictures, some of every class, and a split that scores the epochs where something depends on their scores.
    /// </summary>
    /// <param name="sampling">How the pictures of an epoch are drawn.</param>
    /// <param name="scores">The setting that needs scored epochs, or null where none does.</param>
    /// <param name="sources">What is trained on, as the recipe names it.</param>
    /// <param name="stage">The stage whose data these are; null in a recipe without stages.</param>
    /// <exception cref="HkaFerException">Something is missing; the message names the setting, or the class.</exception>
    internal void CheckTraining(Sampling sampling, string? scores, string sources, string? stage = null)
    {
        string keys = stage is null ? "data" : $"{stage}.data";
        if (Train.Count == 0)
        {
            throw new HkaFerException($"train: {Train.Kind} has no picture to train on");
        }

        if (sampling == Sampling.Balanced)
        {
            ClassWeights.EveryClassOf(Train, $"{keys}.sampling: balanced");
        }

        if (Scored is null && scores is not null)
        {
            throw new HkaFerException(
                $"{scores} needs a split that scores the epochs; {sources} has no valid and no test: name one under {keys}.valid, or turn it off");
        }

        Train.CheckClasses();
    }

    /// <summary>The split that scores epochs: validation, else test, as data sets without a third split are used.</summary>
    internal ImageDataset? Scored => Valid ?? Test;

    /// <summary>Why the scores of a run flatter its model, and what to do; null where nothing is known to.</summary>
    internal string? Caution(TrainingSettings training) => Valid is null && Test is not null && (training.Patience is not null || training.Selection == ModelSelection.Best)
        ? $"{(training.Patience is null ? "training.selection: best" : "training.patience")} chooses the epoch by the test split, so that its score flatters the model; name a split of other pictures under data.valid"
        : null;

    /// <summary>The split that the finished run is reported on, where that is not the one that scored its epochs.</summary>
    internal ImageDataset? Reported => Valid is null ? null : Test;
}
