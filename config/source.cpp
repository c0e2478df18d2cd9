// SPDX-License-Identifier: Apache-2.0
#include "config/source.hpp"

namespace sallyport::config {

std::string Mistake::to_string() const {
    std::string line = pos.file;
    if (pos.line > 0) line += ":" + std::to_string(pos.line) + ":" + std::to_string(pos.column);
    line += ": ";
    if (!key.empty()) line += key + ": ";
    line += what;
    if (!hint.empty()) line += " (did you mean " + hint + "?)";
    // Quoted values come from the file: whatever they hold, a mistake stays one line.
    for (char& c : line) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    }
    return line;
}

}  // namespace sallyport::config
