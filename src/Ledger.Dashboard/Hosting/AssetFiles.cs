using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Ledger.Dashboard.Hosting;

/// <summary>Style sheets, scripts and pictures of the pages: embedded, compressed once at the start, named by their hash.</summary>
/// <remarks>
/// <c>Assets/css/*.css</c> become one sheet, <c>/assets/ledger.css</c>, in the order of their names. <c>Assets/root/*</c> is served at <c>/</c>,
/// where a service worker must lie; everything else at <c>/assets/</c>.
/// </remarks>
public static class AssetFiles
{
    private const string Prefix = "assets/";

    private static readonly FrozenDictionary<string, Asset> All = Read();

    /// <summary>Where a page finds an asset, with its hash, so that browsers may keep it for ever.</summary>
    public static string Url(string path) => All.TryGetValue(path, out var asset)
        ? $"{path}?v={asset.Hash}"
        : throw new ArgumentException($"There is no asset {path}.", nameof(path));

    /// <summary>Every path that is served, with the size of its compressed bytes.</summary>
    public static IEnumerable<(string Path, int Compressed)> Sizes => All.Select(pair => (pair.Key, pair.Value.Brotli.Length));

    internal static void MapAssets(this IEndpointRouteBuilder app)
    {
        foreach (var (path, asset) in All)
        {
            app.MapMethods(path, ["GET", "HEAD"], (HttpContext context) => asset.SendAsync(context)).ExcludeFromDescription().WithMetadata(DashboardPlace.Instance);
        }
    }

    private static FrozenDictionary<string, Asset> Read()
    {
        var assembly = typeof(AssetFiles).Assembly;
        var files = assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .ToDictionary(name => name[Prefix.Length..].Replace('\\', '/'), name => Bytes(assembly.GetManifestResourceStream(name)!));
        var sheets = files.Where(file => file.Key.StartsWith("css/", StringComparison.Ordinal)).SelectMany(file => file.Value).ToArray();
        return files.Where(file => !file.Key.StartsWith("css/", StringComparison.Ordinal))
            .Select(file => (Path: PathOf(file.Key), Bytes: file.Value))
            .Append((Path: "/assets/ledger.css", Bytes: Slimmer(sheets)))
            .ToFrozenDictionary(file => file.Path, file => new Asset(file.Path, file.Bytes), StringComparer.Ordinal);
    }

    private static string PathOf(string name) =>
        name.StartsWith("root/", StringComparison.Ordinal) ? name["root".Length..] : "/assets/" + name;

    /// <summary>Without comments and indentation: whoever wants to read it reads the source.</summary>
    private static byte[] Slimmer(byte[] css)
    {
        var text = System.Text.RegularExpressions.Regex.Replace(Encoding.UTF8.GetString(css), @"/\*.*?\*/", "", System.Text.RegularExpressions.RegexOptions.Singleline);
        return Encoding.UTF8.GetBytes(string.Join('\n', text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)));
    }

    private static byte[] Bytes(Stream stream)
    {
        using (stream)
        using (var memory = new MemoryStream())
        {
            stream.CopyTo(memory);
            return memory.ToArray();
        }
    }

    private sealed class Asset(string path, byte[] plain)
    {
        public byte[] Brotli { get; } = Compress(plain);

        public string Hash { get; } = Convert.ToHexStringLower(SHA256.HashData(plain).AsSpan(0, 6));

        public async Task SendAsync(HttpContext context)
        {
            var (request, response) = (context.Request, context.Response);
            var etag = $"\"{Hash}\"";
            response.Headers.ETag = etag;
            response.Headers.Vary = HeaderNames.AcceptEncoding;
            // A service worker must be asked for anew; all else is named by its hash.
            response.Headers.CacheControl = request.Query.ContainsKey("v") ? "public, max-age=31536000, immutable" : "no-cache";
            if (request.Headers.IfNoneMatch == etag)
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }

            response.ContentType = TypeOf(path);
            var packed = request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal);
            if (packed) response.Headers.ContentEncoding = "br";
            var body = packed ? Brotli : plain;
            response.ContentLength = body.Length;
            if (!HttpMethods.IsHead(request.Method)) await response.Body.WriteAsync(body, context.RequestAborted);
        }

        private static byte[] Compress(byte[] bytes)
        {
            using var memory = new MemoryStream();
            using (var brotli = new BrotliStream(memory, CompressionLevel.SmallestSize)) brotli.Write(bytes);
            return memory.ToArray();
        }

        private static string TypeOf(string path) => System.IO.Path.GetExtension(path) switch
        {
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".svg" => "image/svg+xml",
            ".png" => "image/png",
            ".json" => "application/json",
            ".webmanifest" => "application/manifest+json",
            _ => "application/octet-stream",
        };
    }
}
