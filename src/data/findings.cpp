#include <algorithm>
#include <cstdio>
#include <tuple>

#include <kohort/data/findings.hpp>

namespace kohort {

namespace {

int rank(char severity) {
  constexpr std::string_view order = "EWID";
  const auto at = order.find(severity);
  return static_cast<int>(at == std::string_view::npos ? order.size() : at);
}

void append_quoted(std::string& text, std::string_view value) {
  text += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
      text += code;
    } else {
      text += c;
    }
  }
  text += '"';
}

std::string line(const finding& f, bool swedish) {
  std::string text = f.code;
  if (!f.file.empty()) text += " " + f.file;
  if (!f.cell.empty()) {
    text += " " + f.cell;
  } else if (f.row >= 0) {
    text += (swedish ? " rad " : " row ") + std::to_string(f.row);
  }
  if (!f.related.empty()) {
    text += swedish ? " (se rad " : " (see row ";
    const auto shown = std::min<std::size_t>(f.related.size(), 8);
    for (std::size_t i = 0; i < shown; ++i) {
      text += (i == 0 ? "" : ", ") + std::to_string(f.related[i]);
    }
    if (shown < f.related.size()) {
      text += (swedish ? " och " : " and ") + std::to_string(f.related.size() - shown) +
              (swedish ? " till" : " more");
    }
    text += ")";
  }
  if (!f.column.empty()) text += (swedish ? " kolumn " : " column ") + f.column;
  text += ": ";
  const bool counted = f.severity == 'W' || f.severity == 'I';
  if (counted && f.count > 1) text += std::to_string(f.count) + " ";
  text += swedish ? f.message_sv : f.message;
  if (const auto& remedy = swedish ? f.remedy_sv : f.remedy; !remedy.empty()) text += " " + remedy;
  return text;
}

std::string refusal(const std::vector<finding>& findings) {
  const auto errors = std::count_if(findings.begin(), findings.end(),
                                    [](const finding& f) { return f.severity == 'E'; });
  std::string text = std::to_string(errors) + (errors == 1 ? " fault" : " faults") +
                     " in the data, so nothing was done with them:\n";
  std::vector<finding> shown;
  std::copy_if(findings.begin(), findings.end(), std::back_inserter(shown),
               [](const finding& f) { return f.severity == 'E'; });
  return text + findings_text(shown, "en", 10);
}

std::string first_error(const std::vector<finding>& findings) {
  const auto at = std::find_if(findings.begin(), findings.end(),
                               [](const finding& f) { return f.severity == 'E'; });
  return at == findings.end() ? std::string("E-DATA") : at->code;
}

}  // namespace

bool has_errors(const std::vector<finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const finding& f) { return f.severity == 'E'; });
}

void sort_findings(std::vector<finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const finding& a, const finding& b) {
    return std::tuple(rank(a.severity), a.row, std::string_view(a.code),
                      std::string_view(a.column)) < std::tuple(rank(b.severity), b.row,
                                                               std::string_view(b.code),
                                                               std::string_view(b.column));
  });
}

std::string findings_text(const std::vector<finding>& findings, std::string_view language,
                          std::size_t cap) {
  const bool swedish = language == "sv";
  std::string text;
  for (std::size_t i = 0; i < std::min(cap, findings.size()); ++i) {
    text += line(findings[i], swedish) + "\n";
  }
  if (findings.size() > cap) {
    const auto more = std::to_string(findings.size() - cap);
    text += swedish ? "... och " + more + " till; alla finns i JSON-filen.\n"
                    : "... and " + more + " more; all of them are in the JSON lines.\n";
  }
  return text;
}

std::string findings_json(const std::vector<finding>& findings) {
  std::string text;
  for (const auto& f : findings) {
    text += "{\"code\": ";
    append_quoted(text, f.code);
    text += ", \"severity\": ";
    append_quoted(text, std::string_view(&f.severity, 1));
    text += ", \"file\": ";
    append_quoted(text, f.file);
    text += ", \"row\": " + (f.row < 0 ? std::string("null") : std::to_string(f.row));
    text += ", \"cell\": ";
    if (f.cell.empty()) {
      text += "null";
    } else {
      append_quoted(text, f.cell);
    }
    text += ", \"related\": [";
    for (std::size_t i = 0; i < f.related.size(); ++i) {
      text += (i == 0 ? "" : ", ") + std::to_string(f.related[i]);
    }
    text += "]";
    for (const auto& [key, value] :
         {std::pair<std::string_view, const std::string*>{"column", &f.column},
          {"message", &f.message},
          {"message_sv", &f.message_sv},
          {"remedy", &f.remedy},
          {"remedy_sv", &f.remedy_sv}}) {
      text += ", ";
      append_quoted(text, key);
      text += ": ";
      append_quoted(text, *value);
    }
    text += ", \"count\": " + std::to_string(f.count) + "}\n";
  }
  return text;
}

data_refused::data_refused(std::vector<finding> findings)
    : invalid_input(first_error(findings), refusal(findings)), findings_(std::move(findings)) {}

}  // namespace kohort
