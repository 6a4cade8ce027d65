# The peer of bench_estimation.py: the same work with the package survey, on the same numbers.
# Arguments: folder with the columns as binary doubles, and rows. Then reads names of tasks, one a line, and after
# each prints the seconds it took.
suppressMessages(library(survey))
arguments <- commandArgs(TRUE)
folder <- arguments[1]
n <- as.integer(arguments[2])
column <- function(name) readBin(file.path(folder, name), "double", n)
items <- paste0("y", 1:20)
data <- data.frame(sapply(c(items, "plan", "grade", "weight", "stratum", "unit", "units", "people"), column))
data$domain <- factor(letters[column("domain")])
data$grade <- factor(data$grade)
data$size <- factor(column("stratum"))
data$respondent <- seq_len(n)
wanted <- reformulate(items)
total <- sum(data$weight)
sizes <- data.frame(size = levels(data$size), Freq = total / 6)
domains <- data.frame(domain = levels(data$domain), Freq = total / 5)

make <- function() svydesign(~1, strata = ~size, weights = ~weight, data = data)
design <- make()
replicated <- NULL
staged <- NULL
means <- function(design) svyby(wanted, ~domain, design, svymean)
tasks <- list(
  "make the design" = make,
  "domain means" = function() means(design),
  "rake two margins" = function() {
    rake(design, list(~size, ~domain), list(sizes, domains), control = list(maxit = 50, epsilon = 1e-9))
  },
  "logit regression" = function() svyglm(plan ~ y1 + y2 + domain, design, family = quasibinomial),
  "proportional odds" = function() svyolr(grade ~ y1 + y2 + domain, design),
  "Rao-Scott test" = function() svychisq(~plan + domain, design),
  "bootstrap, make 1,000 replicates" = function() {
    replicated <<- as.svrepdesign(design, type = "subbootstrap", replicates = 1000)
  },
  "bootstrap, domain means" = function() means(replicated),
  "domain means, two stages" = function() {
    if (is.null(staged)) {
      staged <<- svydesign(~unit + respondent, strata = ~size, fpc = ~units + people, data = data)
    }
    means(staged)
  }
)
input <- file("stdin", "r")
while (length(name <- readLines(input, 1)) > 0) {
  cat(system.time(tasks[[name]](), gcFirst = FALSE)[["elapsed"]], "\n", sep = "")
  flush(stdout())
}
