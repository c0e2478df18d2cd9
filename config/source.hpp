// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace sallyport::config {

/// Where a value stands in a file; line and column count from 1, 0 means the file as a whole.
struct SourcePos {
    std::string file;
    int line = 0;
    int column = 0;
};

/// Something wrong (or, as a warning, doubtful) in a configuration file.
struct Mistake {
    SourcePos pos;
    std::string key;   ///< key path such as "providers[0].numbers", empty for a whole file
    std::string what;  ///< a sentence without full stop; never a secret
    std::string hint;  ///< what was probably meant, may be empty

    /// "PATH:LINE:COL: key.path: what (did you mean …)", one line.
    std::string to_string() const;
};

/// Collects every mistake and warning of one run, over all files.
class Problems {
  public:
    void mistake(SourcePos pos, std::string key, std::string what, std::string hint = {}) {
        mistakes_.push_back({std::move(pos), std::move(key), std::move(what), std::move(hint)});
    }
    void warning(SourcePos pos, std::string key, std::string what) {
        warnings_.push_back({std::move(pos), std::move(key), std::move(what), {}});
    }
    const std::vector<Mistake>& mistakes() const { return mistakes_; }
    const std::vector<Mistake>& warnings() const { return warnings_; }

  private:
    std::vector<Mistake> mistakes_;
    std::vector<Mistake> warnings_;
};

}  // namespace sallyport::config
