using System.Buffers.Binary;
using System.Text;

namespace Pare.Tests.Formats;

/// <summary>Builds safetensors files by hand, as the format describes them and without the product's writer.</summary>
internal static class SafetensorsBytes
{
    /// <summary>A file with this header, followed by bytes 1, 2, 3 …</summary>
    public static byte[] Of(string header, int dataBytes) => Of(Encoding.UTF8.GetBytes(header), dataBytes);

    public static byte[] Of(byte[] header, int dataBytes)
    {
        var file = new byte[8 + header.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        for (var i = 0; i < dataBytes; i++) file[8 + header.Length + i] = (byte)(i + 1);
        return file;
    }

    /// <summary>The header entry of a tensor.</summary>
    public static string Entry(string name, string type, string shape, object begin, object end) =>
        $"\"{name}\":{{\"dtype\":\"{type}\",\"shape\":[{shape}],\"data_offsets\":[{begin},{end}]}}";
}
