using System.Collections;
using System.Reflection;
using CsCheck;
using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;

namespace Ledger.Serialization.Tests;

/// <summary>Any value of any of the domain's records, built from their constructors: a new event needs no generator of its own.</summary>
internal static class Arbitrary
{
    private const long LastTick = 3_155_378_975_999_999_999;

    private static readonly NullabilityInfoContext Nullability = new();
    private static readonly Gen<char> Character = Gen.Frequency((4, Gen.Char[' ', '~']), (1, Gen.Char['\0', '\ud7ff']), (1, Gen.Char['\ue000', '\ufffd']));
    private static readonly Gen<string> Text = Gen.Frequency((9, Gen.String[Character, 0, 12]), (1, Gen.Const("\"\\\n\u2028\ufeff😀\u007f")));
    private static readonly Gen<string> Digest = Gen.String[Gen.Char['A', 'Z'], 43, 43];

    private static readonly Dictionary<Type, Gen<object?>> Leaves = new()
    {
        [typeof(string)] = Boxed(Text),
        [typeof(bool)] = Boxed(Gen.Bool),
        [typeof(int)] = Boxed(Gen.Int),
        [typeof(long)] = Boxed(Gen.Long),
        [typeof(double)] = Boxed(Gen.OneOf(Gen.Double.Where(double.IsFinite), Gen.Double[-180, 180], Gen.Int[-180, 180].Select(i => (double)i))),
        [typeof(Guid)] = Boxed(Gen.Guid),
        [typeof(DateTimeOffset)] = Boxed(Gen.Long[0, LastTick].Select(ticks => new DateTimeOffset(ticks, TimeSpan.Zero))),
        [typeof(DateOnly)] = Boxed(Gen.Int[0, DateOnly.MaxValue.DayNumber].Select(DateOnly.FromDayNumber)),
        [typeof(Prose)] = Boxed(Gen.OneOf(Text.Select(Prose.InClear), Digest.Select(Prose.Sealed))),
    };

    public static Gen<object> Of(Type record) => Any(record).Select(value => value!);

    private static Gen<object?> Any(Type type, NullabilityInfo? nullability = null)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return OrNull(Any(inner));
        var any = Present(type, nullability);
        return nullability is { Type.IsValueType: false, ReadState: NullabilityState.Nullable } ? OrNull(any) : any;
    }

    private static Gen<object?> Present(Type type, NullabilityInfo? nullability)
    {
        if (Leaves.TryGetValue(type, out var leaf)) return leaf;
        if (type.IsEnum) return Gen.OneOf([.. Enum.GetValues(type).Cast<object?>().Select(Gen.Const)]);
        if (type == typeof(Area)) return AnyArea();
        if (type == typeof(Values<Label>)) return AnyLabels();
        if (type == typeof(ReportChanges)) return AnyChanges();
        if (IsGeneric(type, typeof(Values<>))) return AnyValues(type, Item(type, nullability));
        if (IsGeneric(type, typeof(Change<>))) return AnyChange(type, Item(type, nullability));
        if (type.IsAbstract) return Gen.OneOf([.. type.GetNestedTypes().Select(nested => Any(nested))]);
        return AnyRecord(type);
    }

    private static Gen<object?> AnyRecord(Type type)
    {
        var constructor = type.GetConstructors().MaxBy(constructor => constructor.GetParameters().Length)!;
        return Each(constructor.GetParameters().Select(parameter => Any(parameter.ParameterType, Nullability.Create(parameter))))
            .Select(values => (object?)constructor.Invoke(values));
    }

    private static Gen<object?> AnyChanges()
    {
        var properties = typeof(ReportChanges).GetProperties().Where(property => property.CanWrite).ToArray();
        return Each(properties.Select(property => Any(property.PropertyType, Nullability.Create(property)))).Select(values =>
        {
            object changes = new ReportChanges();
            foreach (var (property, value) in properties.Zip(values)) property.SetValue(changes, value);
            return (object?)changes;
        });
    }

    private static Gen<object?> AnyValues(Type type, Gen<object?> item) => item.Array[0, 3].Select(items =>
    {
        var typed = Array.CreateInstance(type.GetGenericArguments()[0], items.Length);
        ((IList)items).CopyTo(typed, 0);
        return (object?)Activator.CreateInstance(type, typed);
    });

    private static Gen<object?> AnyChange(Type type, Gen<object?> value)
    {
        var to = type.GetMethod("To")!;
        return Gen.OneOf(Gen.Const((object?)Activator.CreateInstance(type)), value.Select(given => to.Invoke(null, [given])));
    }

    // One a language.
    private static Gen<object?> AnyLabels() =>
        Any(typeof(Label)).Array[0, 3].Select(labels => (object?)labels.Cast<Label>().DistinctBy(label => label.Language).ToValues());

    // A Polygon is exactly one; a MultiPolygon may be any number.
    private static Gen<object?> AnyArea()
    {
        var polygon = Any(typeof(Polygon));
        return Gen.OneOf(
            polygon.Select(one => (object?)new Area(false, Values.Of((Polygon)one!))),
            polygon.Array[0, 3].Select(many => (object?)new Area(true, many.Cast<Polygon>().ToValues())));
    }

    private static Gen<object?[]> Each(IEnumerable<Gen<object?>> gens) =>
        gens.Aggregate(Gen.Const(Array.Empty<object?>()), (values, gen) => Gen.Select(values, gen, (before, value) => (object?[])[.. before, value]));

    private static Gen<object?> Item(Type type, NullabilityInfo? nullability) =>
        Any(type.GetGenericArguments()[0], nullability?.GenericTypeArguments.FirstOrDefault());

    private static bool IsGeneric(Type type, Type definition) => type.IsGenericType && type.GetGenericTypeDefinition() == definition;

    private static Gen<object?> OrNull(Gen<object?> gen) => Gen.OneOf(Gen.Const((object?)null), gen);

    private static Gen<object?> Boxed<T>(Gen<T> gen) => gen.Select(value => (object?)value);
}
