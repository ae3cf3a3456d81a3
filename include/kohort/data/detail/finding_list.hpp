#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kohort/data/findings.hpp>

namespace kohort::detail {

/// Findings as they are made, however many there are.
///
/// Of one rule in one column, the first so many stand each by itself; the rows of all further ones
/// are kept in the `related` of one more, which counts them. So no row is lost, and a file of ten
/// million faults does not fill the memory with ten million texts.
class finding_list {
 public:
  static constexpr std::int64_t apart = 10'000;

  void add(finding f) {
    auto& kind = kinds_[{f.code, f.column}];
    if (++kind.count <= apart || f.row < 0) {
      findings_.push_back(std::move(f));
      return;
    }
    if (kind.count == apart + 1) {
      kind.rest = findings_.size();
      f.related.clear();
      f.message += " (Here and in the rows of `related`.)";
      f.message_sv += " (Här och på raderna i `related`.)";
      findings_.push_back(std::move(f));
      return;
    }
    auto& rest = findings_[kind.rest];
    rest.related.push_back(f.row);
    ++rest.count;
  }

  /// Counts one more fault of a rule that has had its texts: none is made only to be dropped.
  ///
  /// @return  whether it did; else the finding is to be added
  bool counted(std::string_view code, std::int64_t row) {
    if (row < 0) return false;
    const auto kind = kinds_.find({std::string(code), std::string()});
    if (kind == kinds_.end() || kind->second.count <= apart) return false;
    auto& rest = findings_[kind->second.rest];
    rest.related.push_back(row);
    ++rest.count;
    ++kind->second.count;
    return true;
  }

  /// A finding of another list, as it stands there.
  void keep(finding f) { findings_.push_back(std::move(f)); }

  [[nodiscard]] std::size_t size() const { return findings_.size(); }
  [[nodiscard]] const std::vector<finding>& findings() const { return findings_; }

 private:
  struct kind_of {
    std::int64_t count = 0;
    std::size_t rest = 0;
  };
  std::vector<finding> findings_;
  std::map<std::pair<std::string, std::string>, kind_of> kinds_;
};

}  // namespace kohort::detail
