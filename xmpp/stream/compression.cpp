// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/compression.hpp"

#include <new>
#include <utility>

#include <zlib.h>

namespace sallyport::xmpp {
namespace {

// A smaller window than the largest: 20 KiB for each stream instead of 256. Any peer can read it.
constexpr int window_bits = 12;
constexpr int memory_level = 5;
constexpr std::size_t chunk_bytes = 1 << 20;  // zlib counts in unsigned int

Bytef* bytes_of(char* text) {
    return reinterpret_cast<Bytef*>(text);
}

/// zlib only reads it.
void set_input(z_stream& z, std::string_view chunk) {
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(chunk.data()));
    z.avail_in = static_cast<uInt>(chunk.size());
}

}  // namespace

struct Compression::State {
    State() {
        int out_made = deflateInit2(
            &out, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY
        );
        if (out_made != Z_OK) throw std::bad_alloc();
        if (inflateInit(&in) == Z_OK) return;
        deflateEnd(&out);
        throw std::bad_alloc();
    }
    ~State() {
        deflateEnd(&out);
        inflateEnd(&in);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    z_stream out{};
    z_stream in{};
};

Compression::Compression(Limits limits) : limits_(limits), state_(std::make_unique<State>()) {}
Compression::~Compression() = default;

std::string Compression::deflate(std::string_view bytes) {
    std::string result;
    z_stream& z = state_->out;
    while (!bytes.empty()) {
        std::string_view chunk = bytes.substr(0, chunk_bytes);
        bytes.remove_prefix(chunk.size());
        set_input(z, chunk);
        // Room is left over only when all was flushed.
        do {
            std::size_t before = result.size();
            result.resize(before + chunk.size() / 2 + 256);
            z.next_out = bytes_of(result.data() + before);
            z.avail_out = static_cast<uInt>(result.size() - before);
            ::deflate(&z, Z_SYNC_FLUSH);
            result.resize(result.size() - z.avail_out);
        } while (z.avail_out == 0);
    }
    return result;
}

std::optional<std::string> Compression::inflate(std::string_view& bytes) {
    if (fault_ || (bytes.empty() && !may_have_more_)) return std::nullopt;
    std::string piece(limits_.piece_bytes, '\0');
    z_stream& z = state_->in;
    std::string_view chunk = bytes.substr(0, chunk_bytes);
    set_input(z, chunk);
    z.next_out = bytes_of(piece.data());
    z.avail_out = static_cast<uInt>(piece.size());
    int status = ::inflate(&z, Z_SYNC_FLUSH);
    std::size_t used = chunk.size() - z.avail_in;
    bytes.remove_prefix(used);
    piece.resize(piece.size() - z.avail_out);
    may_have_more_ = z.avail_out == 0;
    in_bytes_ += used;
    out_bytes_ += piece.size();
    // A stream that ends (Z_STREAM_END) is not one that goes on, as this one has to.
    if (status != Z_OK && status != Z_BUF_ERROR) fault_ = Fault::bad_data;
    check_ratio();
    if (fault_ || (piece.empty() && bytes.empty())) return std::nullopt;
    return piece;
}

void Compression::check_ratio() {
    if (!fault_ && out_bytes_ > limits_.free_bytes + in_bytes_ * limits_.ratio)
        fault_ = Fault::bomb;
}

}  // namespace sallyport::xmpp
