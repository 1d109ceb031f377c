# Sets up DreamMix's backend on Windows:
#     powershell -ExecutionPolicy Bypass -File setup.ps1 install|status|repair|cancel|uninstall [OPTIONS]
#
# Starts the program beside it with a Python of 3.10 or newer. Where there is none, uv is fetched, by the hash in
# uv.txt, and brings one. There is no param block: the program's own options begin with two hyphens, which
# PowerShell would take for its own.

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

# What Krita sets for its own Python would mislead another one.
foreach ($Name in 'PYTHONHOME', 'PYTHONPATH') {
    if (Test-Path "Env:$Name") { Remove-Item "Env:$Name" }
}

# The last line, as the program itself would say it.
function Write-Failure([string]$What, [string]$Why, [string]$Remedy) {
    $Told = [ordered]@{
        stage = 'failed'; done = 0; total = 0; message = "${What}: $Why. $Remedy."
        what = $What; why = $Why; remedy = $Remedy
    }
    [Console]::Out.WriteLine((ConvertTo-Json -Compress -InputObject $Told))
    exit 1
}

# Whether a program is a Python that is new enough; the Store's stand-in of that name is none.
function Test-Python([string]$Program, [string[]]$First) {
    try {
        & $Program @First -c 'import sys; sys.exit(sys.version_info < (3, 10))' *> $null
        return $LASTEXITCODE -eq 0
    }
    catch {
        return $false
    }
}

$Words = @($args)
$Candidates = @(@('py', '-3'), @('python3'), @('python'))
foreach ($Candidate in $Candidates) {
    $Parts = @($Candidate)
    $Program = $Parts[0]
    $First = @($Parts | Select-Object -Skip 1)
    if ((Get-Command $Program -ErrorAction SilentlyContinue) -and (Test-Python $Program $First)) {
        & $Program @First $PSScriptRoot @Words
        exit $LASTEXITCODE
    }
}

$Processor = switch ($env:PROCESSOR_ARCHITECTURE) {
    'AMD64' { 'x86_64' }
    'ARM64' { 'arm64' }
    default { 'unknown' }
}
$Pin = $null
foreach ($Line in Get-Content -LiteralPath (Join-Path $PSScriptRoot 'uv.txt')) {
    $Fields = @($Line -split ' ')
    if ($Fields.Count -eq 5 -and $Fields[0] -eq 'Windows' -and $Fields[1] -eq $Processor) { $Pin = $Fields }
}
if ($null -eq $Pin) {
    Write-Failure 'Python is missing' 'no version of uv is known for this computer, to bring one' `
        'Install Python 3.10 or newer and start the set-up again'
}
$Digest = $Pin[2]
$Address = $Pin[4]

if ($env:DREAMMIX_SETUP) { $SetupHome = $env:DREAMMIX_SETUP }
else { $SetupHome = Join-Path $env:LOCALAPPDATA 'DreamMix\setup' }
$Folder = Join-Path $SetupHome 'uv'
$Uv = Join-Path $Folder 'uv.exe'
$Mark = Join-Path $Folder 'wheel.sha256'

if (-not ((Test-Path -LiteralPath $Uv) -and (Test-Path -LiteralPath $Mark) -and
        (Get-Content -LiteralPath $Mark -Raw) -eq $Digest)) {
    try {
        [void](New-Item -ItemType Directory -Force -Path $Folder)
    }
    catch {
        Write-Failure 'The set-up cannot begin' 'its folder cannot be made' `
            'Name another folder in the environment variable DREAMMIX_SETUP'
    }
    $Wheel = Join-Path $Folder 'uv.zip'
    $Unpacked = Join-Path $Folder 'unpacked'
    try {
        [Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
        Invoke-WebRequest -UseBasicParsing -Uri $Address -OutFile $Wheel
    }
    catch {
        Write-Failure 'uv could not be fetched' 'its server cannot be reached' `
            'Connect to the internet and start the set-up again'
    }
    if ((Get-FileHash -LiteralPath $Wheel -Algorithm SHA256).Hash -ne $Digest) {
        Remove-Item -LiteralPath $Wheel
        Write-Failure 'uv is not what it should be' 'its hash is not the published one' `
            'Try again later or from another network'
    }
    Expand-Archive -LiteralPath $Wheel -DestinationPath $Unpacked -Force
    Get-ChildItem -Path $Unpacked -Recurse -Filter 'uv.exe' | Move-Item -Destination $Uv -Force
    Set-Content -LiteralPath $Mark -Value $Digest -NoNewline -Encoding Ascii
    Remove-Item -LiteralPath $Wheel, $Unpacked -Recurse -Force
}

$env:UV_PYTHON_INSTALL_DIR = Join-Path $SetupHome 'python'
$env:UV_PYTHON_INSTALL_BIN = '0'
$env:UV_PYTHON_INSTALL_REGISTRY = '0'
$env:UV_CACHE_DIR = Join-Path $SetupHome 'cache'
$env:UV_NO_CONFIG = '1'
& $Uv run --quiet --no-project --managed-python --python 3.12 python $PSScriptRoot @Words
$Status = $LASTEXITCODE
if ($Status -eq 0 -and $Words.Count -gt 0 -and $Words[0] -eq 'uninstall') {
    foreach ($Name in 'python', 'uv', 'cache') {
        Remove-Item -LiteralPath (Join-Path $SetupHome $Name) -Recurse -Force -ErrorAction SilentlyContinue
    }
    Remove-Item -LiteralPath $SetupHome -ErrorAction SilentlyContinue
}
exit $Status
