using Ledger.Projections;

namespace Ledger.Dashboard.Map;

/// <summary>Cases that lie so close together on the sheet that they are one mark.</summary>
internal sealed record MapCluster(double X, double Y, IReadOnlyList<ViolationListItem> Cases)
{
    /// <summary>Sheet units: half the size of a cell.</summary>
    private const double Cell = 46;

    public double Radius => Cases.Count == 1 ? 8 : 12 + (5 * Math.Log10(Cases.Count));

    /// <summary>What holds its points.</summary>
    public BoundingBox Box
    {
        get
        {
            var points = Cases.Select(one => one.Location!.RepresentativePoint!.Value).ToList();
            return new BoundingBox(points.Min(p => p.Longitude), points.Min(p => p.Latitude), points.Max(p => p.Longitude), points.Max(p => p.Latitude));
        }
    }

    /// <summary>Where every case of it has the same point, looking closer shows nothing more.</summary>
    public bool IsOnePlace => Box is var box && box.East - box.West < 0.0005 && box.North - box.South < 0.0005;

    /// <summary>A number of marks that depends on the sheet and not on the number of cases.</summary>
    /// <remarks>Cells are counted from longitude and latitude 0, so that moving the sheet doesn't deal the cases out anew.</remarks>
    public static IReadOnlyList<MapCluster> Of(MapFrame frame, IEnumerable<ViolationListItem> cases)
    {
        var cells = new Dictionary<(long, long), Sum>();
        foreach (var one in cases)
        {
            if (one.Location?.RepresentativePoint is not { } point) continue;
            var (x, y) = frame.Place(point);
            if (x < -Cell || y < -Cell || x > MapFrame.Width + Cell || y > MapFrame.Height + Cell) continue;
            var cell = ((long)Math.Floor(point.Longitude * frame.ScaleX / Cell), (long)Math.Floor(point.Latitude * frame.Scale / Cell));
            if (!cells.TryGetValue(cell, out var sum)) cells[cell] = sum = new Sum();
            sum.Add(x, y, one);
        }

        return Apart([.. cells.Values.Select(sum => sum.Cluster).OrderByDescending(cluster => cluster.Cases.Count)]);
    }

    /// <summary>Marks that would cover each other become one; the larger takes the smaller in.</summary>
    private static List<MapCluster> Apart(IReadOnlyList<MapCluster> clusters)
    {
        var apart = new List<MapCluster>();
        foreach (var cluster in clusters)
        {
            var i = apart.FindIndex(other => Math.Sqrt(Math.Pow(other.X - cluster.X, 2) + Math.Pow(other.Y - cluster.Y, 2)) < other.Radius + cluster.Radius + 2);
            if (i < 0) apart.Add(cluster);
            else apart[i] = apart[i].With(cluster);
        }

        return apart;
    }

    private MapCluster With(MapCluster other)
    {
        var (mine, theirs, all) = (Cases.Count, other.Cases.Count, Cases.Count + other.Cases.Count);
        return new MapCluster(((X * mine) + (other.X * theirs)) / all, ((Y * mine) + (other.Y * theirs)) / all, [.. Cases, .. other.Cases]);
    }

    private sealed class Sum
    {
        private readonly List<ViolationListItem> _cases = [];
        private double _x;
        private double _y;

        public MapCluster Cluster => new(_x / _cases.Count, _y / _cases.Count, _cases);

        public void Add(double x, double y, ViolationListItem one)
        {
            (_x, _y) = (_x + x, _y + y);
            _cases.Add(one);
        }
    }
}
