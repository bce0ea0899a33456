using Pare.Models;

namespace Pare.Compression;

/// <summary>Values of a site that may be changed in place: its weights [rows · columns], or its bias [rows] (empty where it has none).</summary>
/// <param name="site">The site.</param>
/// <returns>The values, not copied.</returns>
internal delegate Span<float> SiteValues(LinearSite site);
