# A starting point made by lambdaplan, not a deployment: read it, complete it, and plan it before you apply it.
# What it can't know is a variable without a default. Networks, certificates, deployments and secrets are yours.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.40"
    }
  }
}

provider "aws" {
  region = "us-east-1"
  default_tags {
    tags = {
      service = local.name
    }
  }
}

locals {
  name        = "events"
  description = "events: Lambda 1024 MB, asynchronous $18.31, EC2 t3.small $55.51, Fargate 0.5 vCPU 1 GB $59.90: Lambda 1024 MB, asynchronous is cheapest by $37.20 (67 %)"
}

variable "alarm_actions" {
  description = "ARNs told when an alarm changes, such as an SNS topic; none is a list without entries"
  type        = list(string)
}

variable "package_zip" {
  description = "path of the function's zip file"
  type        = string
}

variable "handler" {
  description = "what the runtime calls, such as index.handler"
  type        = string
}

variable "role_arn" {
  description = "ARN of the function's execution role"
  type        = string
}

variable "runtime" {
  description = "Lambda runtime, such as nodejs22.x"
  type        = string
}

variable "canary_version" {
  description = "version that gets a part of the traffic; empty is none"
  type        = string
  default     = ""
}

variable "canary_weight" {
  description = "that part, 0 to 1"
  type        = number
  default     = 0
}

resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${local.name}"
  retention_in_days = 30
}

resource "aws_lambda_function" "function" {
  function_name    = local.name
  description      = local.description
  filename         = var.package_zip
  source_code_hash = filebase64sha256(var.package_zip)
  handler          = var.handler
  runtime          = var.runtime
  role             = var.role_arn
  architectures    = ["x86_64"]
  memory_size      = 1024
  timeout          = 2 # ten times the mean duration: an assumption
  publish          = true
  depends_on       = [aws_cloudwatch_log_group.function]

  ephemeral_storage {
    size = 512
  }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.function.function_name
  function_version = aws_lambda_function.function.version

  dynamic "routing_config" {
    for_each = var.canary_version == "" ? [] : [var.canary_version]
    content {
      additional_version_weights = {
        (routing_config.value) = var.canary_weight
      }
    }
  }
}

output "invoke_arn" {
  description = "ARN by which a front door calls the alias"
  value       = aws_lambda_alias.live.invoke_arn
}

# Alarms. Those on requests and duration are the trip-wires: where another option becomes the cheapest, by the prices
# of aws-2026-12-01. They look at days: more than half of a week must be beyond the wire's daily mean.

resource "aws_cloudwatch_metric_alarm" "requests-above" {
  alarm_name          = "${local.name}-requests-above"
  alarm_description   = "13,260,476 requests a month or more: EC2 t3.small is cheapest there"
  namespace           = "AWS/Lambda"
  metric_name         = "Invocations"
  statistic           = "Sum"
  period              = 86400
  evaluation_periods  = 7
  datapoints_to_alarm = 4
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 435960.855
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  dimensions = {
    FunctionName = aws_lambda_function.function.function_name
  }
}

resource "aws_cloudwatch_metric_alarm" "duration-above" {
  alarm_name          = "${local.name}-duration-above"
  alarm_description   = "907 ms or more at 1,024 MB, 907 ms here: EC2 t3.small is cheapest there"
  namespace           = "AWS/Lambda"
  metric_name         = "Duration"
  statistic           = "Average"
  period              = 86400
  evaluation_periods  = 7
  datapoints_to_alarm = 4
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 907
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  dimensions = {
    FunctionName = aws_lambda_function.function.function_name
  }
}

resource "aws_cloudwatch_metric_alarm" "throttles" {
  alarm_name          = "${local.name}-throttles"
  alarm_description   = "requests were turned away"
  namespace           = "AWS/Lambda"
  metric_name         = "Throttles"
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  dimensions = {
    FunctionName = aws_lambda_function.function.function_name
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${local.name}-errors"
  alarm_description   = "requests failed"
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  dimensions = {
    FunctionName = aws_lambda_function.function.function_name
  }
}

resource "aws_cloudwatch_metric_alarm" "concurrency" {
  alarm_name          = "${local.name}-concurrency"
  alarm_description   = "800 of the 1000 executions that a new account may have at once"
  namespace           = "AWS/Lambda"
  metric_name         = "ConcurrentExecutions"
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 800
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
}
