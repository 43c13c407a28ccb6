using Ledger.Domain;
using Ledger.Domain.Agreements;
using Ledger.Domain.Violations;

namespace Ledger.Exchange.Simulation;

/// <summary>The made-up ceasefire that simulated cases belong to: an exercise, with parties that exist nowhere.</summary>
internal sealed class Mission
{
    public static readonly DateTimeOffset Begins = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly PartyId[] Parties = [new("north"), new("south"), new("coast-militia")];
    public static readonly string[] Sites = ["post-1", "post-2", "post-3", "post-4", "post-5", "post-6", "post-7", "post-8"];
    public static readonly ZoneId[] Zones = [new("sector-1"), new("sector-2"), new("sector-3"), new("sector-4")];
    public static readonly ProvisionId CeaseFire = new("cease-fire");
    public static readonly ProvisionId Withdrawal = new("withdrawal");
    public static readonly ProvisionId Civilians = new("civilians");
    public static readonly ProvisionId Access = new("access");

    public static readonly Actor Administrator = new(new Subject("sim-administrator"), Role.Administrator);
    public static readonly Actor[] Monitors = [.. Enumerable.Range(1, 12).Select(n => new Actor(new Subject($"sim-monitor-{n}"), Role.Monitor))];
    public static readonly Actor[] Verifiers = [.. Enumerable.Range(1, 4).Select(n => new Actor(new Subject($"sim-verifier-{n}"), Role.Verifier))];

    private const double West = 30.0;
    private const double South = 10.0;
    private const double SectorDegrees = 0.5;

    public Mission(AgreementId agreement, int violations)
    {
        Agreement = agreement;
        // A bigger mission lasts longer, up to the two years after which a day's cases grow instead.
        Days = Math.Clamp(violations / 20, 14, 730);
    }

    public AgreementId Agreement { get; }

    public int Days { get; }

    public static Actor LiaisonOf(PartyId party) => new(new Subject($"sim-liaison-{party}"), Role.Liaison, party);

    public static GeoPoint PointIn(int sector, double east, double north) =>
        new(Round(South + (SectorDegrees * (sector / 2)) + (SectorDegrees * north)), Round(West + (SectorDegrees * (sector % 2)) + (SectorDegrees * east)));

    public AgreementCommand.Register Register() => new(
        Agreement, "Simulated mission (made-up parties and places)", "Africa/Juba",
        Values.Of(new Instrument("accord", "Simulated accord", new DateOnly(2023, 12, 31))),
        Parties.Select((party, i) => new Party(
            party, NameOf(party), Values<Label>.None, i == 2 ? Standing.NonSignatory : Standing.Signatory, null)).ToValues(),
        Values.Of(new Guarantor("Simulated guarantor")),
        Values.Of(
            new Provision(CeaseFire, "All fire ceases.", Values.Of(Category.SmallArmsFire, Category.HeavyWeaponsFire, Category.ArtilleryOrMortar, Category.UavStrike), "accord"),
            new Provision(Withdrawal, "Heavy weapons are withdrawn from the line.", Values.Of(Category.WeaponsInWithdrawalZone, Category.UnauthorisedDeployment, Category.GroundAdvance), "accord"),
            new Provision(Civilians, "Civilians and what they live on are spared.", Values.Of(Category.StrikeOnSettlement, Category.ViolenceAgainstCivilians), "accord"),
            new Provision(Access, "Monitors and relief move freely.", Values.Of(Category.ObstructionOfMonitors, Category.HumanitarianAccessDenied), "accord")),
        new Term(Begins), Exercise: true, Policy.Default);

    public static IEnumerable<Zone> ZonesToDefine() => Zones.Select((zone, i) => new Zone(zone, $"Sector {i + 1}", Square(i)));

    private static string NameOf(PartyId party) => party.Value switch { "north" => "North", "south" => "South", _ => "Coast militia" };

    private static Area Square(int sector)
    {
        GeoPoint[] corners = [PointIn(sector, 0, 0), PointIn(sector, 1, 0), PointIn(sector, 1, 1), PointIn(sector, 0, 1), PointIn(sector, 0, 0)];
        return new Area(false, Values.Of(new Polygon(Values.Of(new Ring(corners.ToValues())))));
    }

    /// <summary>Five decimals, about a metre: coordinates with sixteen would only take room.</summary>
    private static double Round(double degrees) => Math.Round(degrees, 5);
}
