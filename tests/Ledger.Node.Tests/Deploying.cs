using System.Text.RegularExpressions;
using Ledger.Api.Hosting;
using Ledger.Testing;
using YamlDotNet.RepresentationModel;

namespace Ledger.Node.Tests;

/// <summary>The files of deploy/: they parse, and name only settings that there are.</summary>
public sealed partial class Deploying
{
    public static TheoryData<string> Yaml => [.. Files("*.yaml")];

    public static TheoryData<string> All => [.. Files("*.yaml"), .. Files("*.service"), .. Files("Dockerfile")];

    [Theory]
    [MemberData(nameof(Yaml))]
    public void Every_yaml_file_parses(string file)
    {
        var yaml = new YamlStream();
        using var reader = new StreamReader(Path.Combine(Deploy, file));
        yaml.Load(reader);
        Assert.NotEmpty(yaml.Documents);
        foreach (var document in yaml.Documents) Assert.IsType<YamlMappingNode>(document.RootNode);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_setting_named_there_is_one(string file)
    {
        foreach (Match setting in Setting().Matches(File.ReadAllText(Path.Combine(Deploy, file))))
        {
            var name = setting.Groups[1].Value.Replace("__", ":", StringComparison.Ordinal);
            Assert.True(LedgerSettings.Names.Contains(name, StringComparer.Ordinal), $"{file} sets Ledger:{name}, which isn't a setting.");
        }
    }

    [Fact]
    public void Settings_are_named_at_all() => Assert.True(Files("*.yaml").Sum(file => Setting().Count(File.ReadAllText(Path.Combine(Deploy, file)))) > 15);

    [Fact]
    public void Every_manifest_of_the_kustomization_is_there()
    {
        var text = File.ReadAllText(Path.Combine(Deploy, "kubernetes", "kustomization.yaml"));
        foreach (Match file in Regex.Matches(text, "- ([a-z]+[.]yaml)")) Assert.True(File.Exists(Path.Combine(Deploy, "kubernetes", file.Groups[1].Value)));
    }

    [Fact]
    public void The_worker_runs_on_exactly_one_node_of_the_cluster()
    {
        var text = File.ReadAllText(Path.Combine(Deploy, "cluster", "compose.yaml"));
        Assert.Single(Regex.Matches(text, "Ledger__Worker: \"true\""));
        Assert.Single(Regex.Matches(text, "Ledger__Worker: \"false\""));
    }

    [Fact]
    public void Every_project_has_its_packages_locked_by_their_content()
    {
        var top = Directory.GetParent(Deploy)!.FullName;
        foreach (var project in new[] { "src", "tests" }.SelectMany(room => Directory.EnumerateFiles(Path.Combine(top, room), "*.csproj", SearchOption.AllDirectories)))
        {
            var locked = Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json");
            Assert.True(File.Exists(locked), $"{project} has no packages.lock.json.");
            foreach (Match package in Package().Matches(File.ReadAllText(locked))) Assert.Contains("\"contentHash\": \"", package.Value, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Nothing_runs_as_root_or_writes_where_programs_lie()
    {
        Assert.Matches("(?m)^USER 1[0-9]+:1[0-9]+$", File.ReadAllText(Path.Combine(Deploy, "Dockerfile")));
        foreach (var file in new[] { "kubernetes/ledger.yaml", "kubernetes/prepare.yaml" })
        {
            var text = File.ReadAllText(Path.Combine(Deploy, file));
            foreach (var wanted in new[] { "runAsNonRoot: true", "readOnlyRootFilesystem: true", "allowPrivilegeEscalation: false" }) Assert.Contains(wanted, text, StringComparison.Ordinal);
        }

        foreach (var file in new[] { "single-node/compose.yaml", "cluster/compose.yaml" })
        {
            var text = File.ReadAllText(Path.Combine(Deploy, file));
            foreach (var wanted in new[] { "read_only: true", "cap_drop: [ALL]", "no-new-privileges:true" }) Assert.Contains(wanted, text, StringComparison.Ordinal);
        }
    }

    private static string Deploy => Checkout.At("deploy");

    private static IEnumerable<string> Files(string pattern) =>
        Directory.EnumerateFiles(Deploy, pattern, SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Deploy, file)).Order(StringComparer.Ordinal);

    [GeneratedRegex("\"type\": \"(?:Direct|Transitive|CentralTransitive)\"[^}]*")]
    private static partial Regex Package();

    [GeneratedRegex("\\bLedger__([A-Za-z]+(?:__[A-Za-z]+)*)")]
    private static partial Regex Setting();
}
