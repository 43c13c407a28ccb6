using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ledger.Testing.S3;

/// <summary>What the double does to a request in place of what was asked.</summary>
public enum S3Fault
{
    /// <summary>503 SlowDown; nothing was done.</summary>
    Fails,

    /// <summary>It was done, and the line breaks before the answer.</summary>
    FailsButPersists,

    /// <summary>No answer comes.</summary>
    Hangs,

    /// <summary>Of an object's bytes only the first half comes, then the line breaks.</summary>
    BreaksOff,

    /// <summary>The line breaks after the first bytes of the body were read.</summary>
    BreaksWhileItListens,
}

/// <summary>A small S3 on a real socket: a double, written from Amazon's documents for these tests, with one bucket, path style.</summary>
/// <remarks>It checks each request's Signature Version 4 and the hash of its content, keeps versions where asked, and fails as it is told. The same tests run against moto's server where that is installed.</remarks>
public sealed class S3Double : IAsyncDisposable
{
    public const string Bucket = "evidence-bucket";
    public const string AccessKey = "planted-Access-Key-0123";
    public const string SecretKey = "planted-Secret-Key-0123456789abcdefghij";

    private const string Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

    private readonly ConcurrentDictionary<string, List<Form>> _objects = new(StringComparer.Ordinal);
    private WebApplication? _app;
    private int _port;
    private int _versions;

    /// <summary>Earlier forms are kept, and a deletion is one more form.</summary>
    public bool KeepsVersions { get; set; }

    /// <summary>Object Lock with a default retention.</summary>
    public bool Locks { get; set; }

    /// <summary>Says yes to a deletion, and does nothing.</summary>
    public bool IgnoresDeletions { get; set; }

    public bool HasBucket { get; set; } = true;

    /// <summary>Whether it answers questions about versions and locks; several compatible stores don't.</summary>
    public bool IsSimple { get; set; }

    /// <summary>Asked for each request: what goes wrong with it; null = nothing.</summary>
    public Func<HttpRequest, S3Fault?> Fault { get; set; } = _ => null;

    public ConcurrentQueue<string> Requests { get; } = new();

    public Uri Address => new($"http://127.0.0.1:{_port}");

    /// <summary>Names of what is there now.</summary>
    public IReadOnlyList<string> Names => [.. _objects.Where(item => item.Value[^1].Bytes is not null).Select(item => item.Key).Order(StringComparer.Ordinal)];

    /// <summary>Names of which anything is left, earlier forms included.</summary>
    public IReadOnlyList<string> NamesOfAnyForm => [.. _objects.Keys.Order(StringComparer.Ordinal)];

    /// <summary>How many forms of a file are kept.</summary>
    public int FormsOf(string name) => _objects[name].Count;

    public byte[] this[string name]
    {
        get => _objects[name][^1].Bytes!;
        set => Put(name, value);
    }

    public static async Task<S3Double> StartAsync()
    {
        var started = new S3Double();
        await started.StartAgainAsync();
        return started;
    }

    /// <summary>At the same address, with what it had.</summary>
    public async Task StartAgainAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, _port);
        });
        builder.Services.AddLogging(logging => logging.ClearProviders());
        var app = builder.Build();
        app.Run(AnswerAsync);
        await app.StartAsync();
        _port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        _app = app;
    }

    public async Task StopAsync()
    {
        if (_app is not { } app) return;
        _app = null;
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        Requests.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
        var fault = Fault(context.Request);
        switch (fault)
        {
            case S3Fault.Fails:
                await RefuseAsync(context, 503, "SlowDown");
                return;
            case S3Fault.Hangs:
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                return;
            case S3Fault.BreaksWhileItListens:
                await context.Request.Body.ReadAtLeastAsync(new byte[1000], 1, throwOnEndOfStream: false);
                context.Abort();
                return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (S3Signature.Fault(context.Request, body.ToArray(), AccessKey, SecretKey) is { } wrong)
        {
            await RefuseAsync(context, wrong == "XAmzContentSHA256Mismatch" ? 400 : 403, wrong);
            return;
        }

        var path = context.Request.Path.Value!.TrimStart('/').Split('/', 2);
        if (!HasBucket || path[0] != Bucket)
        {
            await RefuseAsync(context, 404, "NoSuchBucket");
            return;
        }

        if (fault == S3Fault.FailsButPersists) context.Response.Body = Stream.Null;
        await (path.Length == 2 && path[1].Length > 0 ? AnswerAboutObjectAsync(context, path[1], body.ToArray(), fault) : AnswerAboutBucketAsync(context));
        if (fault == S3Fault.FailsButPersists) context.Abort();
    }

    private Task AnswerAboutBucketAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (IsSimple && (query.ContainsKey("versions") || query.ContainsKey("versioning") || query.ContainsKey("object-lock"))) return RefuseAsync(context, 501, "NotImplemented");
        if (query.ContainsKey("versioning")) return XmlAsync(context, Element("VersioningConfiguration", KeepsVersions ? Element("Status", "Enabled") : null));
        if (query.ContainsKey("object-lock"))
            return Locks
                ? XmlAsync(context, Element("ObjectLockConfiguration", Element("ObjectLockEnabled", "Enabled"), Element("Rule", Element("DefaultRetention", Element("Mode", "COMPLIANCE"), Element("Days", "30")))))
                : RefuseAsync(context, 404, "ObjectLockConfigurationNotFoundError");
        var prefix = query["prefix"].ToString();
        return query.ContainsKey("versions") ? XmlAsync(context, VersionsOf(prefix)) : XmlAsync(context, PageOf(prefix, query["continuation-token"].ToString(), int.Parse(query["max-keys"].ToString() is { Length: > 0 } most ? most : "1000", CultureInfo.InvariantCulture)));
    }

    private XElement PageOf(string prefix, string after, int most)
    {
        var names = Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(name, after) > 0).ToList();
        var page = names.Take(most).Select(name => Element(
            "Contents", Element("Key", name), Element("LastModified", "2026-01-01T00:00:00.000Z"), Element("ETag", _objects[name][^1].Tag), Element("Size", _objects[name][^1].Bytes!.Length.ToString(CultureInfo.InvariantCulture))));
        return Element(
            "ListBucketResult",
            [Element("Name", Bucket), Element("Prefix", prefix), Element("IsTruncated", names.Count > most ? "true" : "false"), names.Count > most ? Element("NextContinuationToken", names[most - 1]) : null, .. page]);
    }

    private XElement VersionsOf(string prefix)
    {
        var forms = _objects.Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(item => item.Key, StringComparer.Ordinal).SelectMany(item => item.Value.AsEnumerable().Reverse().Select((form, i) => Element(
            form.Bytes is null ? "DeleteMarker" : "Version", Element("Key", item.Key), Element("VersionId", form.Version), Element("IsLatest", i == 0 ? "true" : "false"), Element("LastModified", "2026-01-01T00:00:00.000Z"))));
        return Element("ListVersionsResult", [Element("Name", Bucket), Element("Prefix", prefix), Element("IsTruncated", "false"), .. forms]);
    }

    private async Task AnswerAboutObjectAsync(HttpContext context, string name, byte[] body, S3Fault? fault)
    {
        var response = context.Response;
        switch (context.Request.Method)
        {
            case "PUT":
                response.Headers.ETag = Put(name, body);
                return;
            case "DELETE":
                if (!IgnoresDeletions) Delete(name, context.Request.Query["versionId"].ToString());
                response.StatusCode = 204;
                return;
            case "GET" when _objects.TryGetValue(name, out var forms) && forms[^1] is { Bytes: { } bytes } form:
                if (context.Request.Headers.IfMatch is [{ } asked] && asked != form.Tag)
                {
                    await RefuseAsync(context, 412, "PreconditionFailed");
                    return;
                }

                var from = context.Request.Headers.Range is [{ } range] ? int.Parse(range["bytes=".Length..].Split('-')[0], CultureInfo.InvariantCulture) : 0;
                if (context.Request.Headers.Range.Count > 0) response.StatusCode = 206;
                (response.Headers.ETag, response.ContentLength) = (form.Tag, bytes.Length - from);
                if (fault != S3Fault.BreaksOff)
                {
                    await response.Body.WriteAsync(bytes.AsMemory(from));
                    return;
                }

                await response.Body.WriteAsync(bytes.AsMemory(from, (bytes.Length - from) / 2));
                await response.Body.FlushAsync();
                context.Abort();
                return;
            default:
                await RefuseAsync(context, 404, "NoSuchKey");
                return;
        }
    }

    private string Put(string name, byte[] bytes)
    {
        var form = new Form((KeepsVersions ? $"v{Interlocked.Increment(ref _versions)}" : "null"), bytes, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..32]}\"");
        _objects.AddOrUpdate(name, _ => [form], (_, forms) => [.. KeepsVersions ? forms : [], form]);
        return form.Tag;
    }

    private void Delete(string name, string version)
    {
        if (!_objects.TryGetValue(name, out var forms)) return;
        List<Form> left = version.Length > 0 ? [.. forms.Where(form => form.Version != version)] : KeepsVersions ? [.. forms, new Form($"v{Interlocked.Increment(ref _versions)}", null, "")] : [];
        if (left.Count == 0) _objects.TryRemove(name, out _);
        else _objects[name] = left;
    }

    private static XElement Element(string name, params object?[] content) => new(XName.Get(name, Namespace), content);

    private static Task XmlAsync(HttpContext context, XElement element)
    {
        context.Response.ContentType = "application/xml";
        return context.Response.WriteAsync(element.ToString(SaveOptions.DisableFormatting));
    }

    private static Task RefuseAsync(HttpContext context, int status, string code)
    {
        context.Response.StatusCode = status;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : XmlAsync(context, new XElement("Error", new XElement("Code", code), new XElement("Message", "The double says so.")));
    }

    /// <param name="Bytes">Null = a deletion.</param>
    private sealed record Form(string Version, byte[]? Bytes, string Tag);
}
